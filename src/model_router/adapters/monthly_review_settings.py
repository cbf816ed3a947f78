"""What the environment says to MonthlyReviewFunction, read once when it is first needed, never at import."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.adapters.misconfigured import Misconfigured
from model_router.domain.invalid_fields import describe


class MonthlyReviewSettings(BaseModel):
    """MonthlyReviewFunction's environment variables; each is set by `template.yaml`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    reports_bucket: str = Field(alias="REPORTS_BUCKET", min_length=1)
    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    #: The alias's: the version that is live.
    router_function_arn: str = Field(alias="ROUTER_FUNCTION_ARN", min_length=1)


@cache
def monthly_review_settings() -> MonthlyReviewSettings:
    try:
        return MonthlyReviewSettings.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Misconfigured(f"environment: {describe(error)}") from None
