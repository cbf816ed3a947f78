"""What the environment says to ReconciliationFunction, read once when it is first needed, never at import."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.adapters.misconfigured import Misconfigured
from model_router.domain.invalid_fields import describe


class ReconciliationSettings(BaseModel):
    """Its environment variables; each is set by `template.yaml`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)
    reports_bucket: str = Field(alias="REPORTS_BUCKET", min_length=1)
    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    admin_key_parameter: str = Field(alias="ADMIN_KEY_PARAMETER", min_length=1)
    #: Where Claude is called, and so where its Admin API is.
    base_url: str = Field(default="https://api.anthropic.com", alias="CLAUDE_BASE_URL")
    #: Empty: the whole organization.
    workspace_id: str = Field(default="", alias="ANTHROPIC_WORKSPACE_ID")


@cache
def reconciliation_settings() -> ReconciliationSettings:
    try:
        return ReconciliationSettings.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Misconfigured(f"environment: {describe(error)}") from None
