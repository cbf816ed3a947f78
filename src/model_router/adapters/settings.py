"""What the environment says, read once when it is first needed, never at import."""

import os
from functools import cache

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.domain.invalid_fields import describe


class RouterSettings(BaseModel):
    """RouterFunction's environment variables; each is set by `template.yaml`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)
    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    rules_cache_seconds: float = Field(default=60, alias="RULES_CACHE_SECONDS", ge=0)
    claude_api_key_parameter: str = Field(alias="CLAUDE_API_KEY_PARAMETER", min_length=1)
    claude_base_url: str = Field(default="https://api.anthropic.com", alias="CLAUDE_BASE_URL")
    door_timeout_seconds: float = Field(default=29, alias="DOOR_TIMEOUT_SECONDS", gt=0)


class Misconfigured(Exception):
    """The function's environment is not what the template sets."""


@cache
def router_settings() -> RouterSettings:
    try:
        return RouterSettings.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Misconfigured(f"environment: {describe(error)}") from None
