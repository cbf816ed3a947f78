"""What the environment says, read once when it is first needed, never at import."""

import os
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.adapters.misconfigured import Misconfigured
from model_router.domain.invalid_fields import describe

CLAUDE_API = "https://api.anthropic.com"


class RouterSettings(BaseModel):
    """RouterFunction's environment variables; each is set by `template.yaml`."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)
    spool_queue_url: str = Field(alias="SPOOL_QUEUE_URL", min_length=1)
    budgets_table: str = Field(alias="BUDGETS_TABLE", min_length=1)
    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    rules_bucket: str = Field(alias="RULES_BUCKET", min_length=1)
    rules_cache_seconds: float = Field(default=60, alias="RULES_CACHE_SECONDS", ge=0)
    claude_api_key_parameter: str = Field(alias="CLAUDE_API_KEY_PARAMETER", min_length=1)
    runs_table: str = Field(alias="RUNS_TABLE", min_length=1)
    jobs_bucket: str = Field(alias="JOBS_BUCKET", min_length=1)
    jobs_queue_url: str = Field(alias="JOBS_QUEUE_URL", min_length=1)
    jobs_deliveries: int = Field(alias="JOBS_DELIVERIES", ge=1)
    answers_kept_days: float = Field(default=1, alias="ANSWERS_KEPT_DAYS", gt=0)
    claude_provider: Literal["anthropic", "aws"] = Field(default="anthropic", alias="CLAUDE_PROVIDER")
    claude_workspace_id: str = Field(default="", alias="CLAUDE_WORKSPACE_ID")
    claude_base_url: str = Field(default=CLAUDE_API, alias="CLAUDE_BASE_URL")
    aws_endpoint_url: str = Field(default="", alias="AWS_ENDPOINT_URL")
    #: Separated by commas; empty: no page in a browser may read the answers.
    cors_allowed_origins: str = Field(default="", alias="CORS_ALLOWED_ORIGINS")
    door_timeout_seconds: float = Field(default=29, alias="DOOR_TIMEOUT_SECONDS", gt=0)

    @property
    def workspace_id(self) -> str | None:
        """Of Claude Platform on AWS; None: the Claude API is called, with a key."""
        return self.claude_workspace_id if self.claude_provider == "aws" else None

    @property
    def base_url(self) -> str | None:
        """None: that of Claude Platform on AWS in this region."""
        return None if self.claude_provider == "aws" and self.claude_base_url == CLAUDE_API else self.claude_base_url


@cache
def router_settings() -> RouterSettings:
    try:
        return RouterSettings.model_validate(dict(os.environ))
    except ValidationError as error:
        raise Misconfigured(f"environment: {describe(error)}") from None
