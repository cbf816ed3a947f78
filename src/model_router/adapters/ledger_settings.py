"""What the environment tells the functions that keep the ledger: the spool's replayer and the reaper."""

import os

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.adapters.misconfigured import Misconfigured
from model_router.domain.invalid_fields import describe


class LedgerSettings(BaseModel):
    """Their environment variables; each is set by `template.yaml`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)


def ledger_settings() -> LedgerSettings:
    try:
        return LedgerSettings.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Misconfigured(f"environment: {describe(error)}") from None
