"""What the environment says to the report functions, read once when it is first needed, never at import."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.adapters.misconfigured import Misconfigured
from model_router.domain.invalid_fields import describe


class DailyTotalsSettings(BaseModel):
    """DailyTotalsFunction's environment variables; each is set by `template.yaml`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)
    reports_bucket: str = Field(alias="REPORTS_BUCKET", min_length=1)


class WeeklyReportSettings(DailyTotalsSettings):
    """WeeklyReportFunction's environment variables."""

    reports_topic_arn: str = Field(alias="REPORTS_TOPIC_ARN", min_length=1)
    #: RouterFunction's, for the estimate of the stack's own bill.
    router_memory_megabytes: int = Field(alias="ROUTER_MEMORY_MEGABYTES", ge=128)


@cache
def daily_totals_settings() -> DailyTotalsSettings:
    return _read(DailyTotalsSettings)


@cache
def weekly_report_settings() -> WeeklyReportSettings:
    return _read(WeeklyReportSettings)


def _read[S: BaseModel](kind: type[S]) -> S:
    try:
        return kind.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Misconfigured(f"environment: {describe(error)}") from None
