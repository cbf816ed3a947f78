"""Each function's environment variables as a typed model. `template.yaml` sets them; tests compare the two."""

import os
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from model_router.domain.invalid_fields import describe

CLAUDE_API = "https://api.anthropic.com"


class InvalidSettings(Exception):
    """An environment variable is missing or has an unusable value."""


class Settings(BaseModel):
    """Base of the settings. Read them on first use, never at import."""

    # A function uses one of these models: the validators of the others are never built.
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True, defer_build=True)

    @classmethod
    def read(cls) -> Self:
        """Reads the process's environment. Raises InvalidSettings."""
        try:
            return cls.model_validate(dict(os.environ))
        except ValidationError as error:
            raise InvalidSettings(f"environment: {describe(error)}") from None


class RouterSettings(Settings):
    """RouterFunction's environment variables."""

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)
    spool_queue_url: str = Field(alias="SPOOL_QUEUE_URL", min_length=1)
    budgets_table: str = Field(alias="BUDGETS_TABLE", min_length=1)
    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    rules_bucket: str = Field(alias="RULES_BUCKET", min_length=1)
    rules_cache_seconds: float = Field(default=60, alias="RULES_CACHE_SECONDS", ge=0)
    ids_salt: str = Field(alias="IDS_SALT", min_length=1)
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
    #: Comma-separated. Empty: browsers let no page read the answers.
    cors_allowed_origins: str = Field(default="", alias="CORS_ALLOWED_ORIGINS")
    gateway_timeout_seconds: float = Field(default=29, alias="GATEWAY_TIMEOUT_SECONDS", gt=0)

    @property
    def workspace_id(self) -> str | None:
        """The workspace on Claude Platform on AWS, or None to call the Claude API with a key."""
        return self.claude_workspace_id if self.claude_provider == "aws" else None

    @property
    def base_url(self) -> str | None:
        """The address to call, or None for the region's address of Claude Platform on AWS."""
        return None if self.claude_provider == "aws" and self.claude_base_url == CLAUDE_API else self.claude_base_url


class LedgerSettings(Settings):
    """Environment variables of SpoolReplayerFunction and ReaperFunction."""

    ledger_table: str = Field(alias="LEDGER_TABLE", min_length=1)


class DailyTotalsSettings(LedgerSettings):
    """DailyTotalsFunction's environment variables."""

    reports_bucket: str = Field(alias="REPORTS_BUCKET", min_length=1)


class WeeklyReportSettings(DailyTotalsSettings):
    """WeeklyReportFunction's environment variables."""

    reports_topic_arn: str = Field(alias="REPORTS_TOPIC_ARN", min_length=1)
    #: RouterFunction's memory, to estimate what the stack itself costs.
    router_memory_megabytes: int = Field(alias="ROUTER_MEMORY_MEGABYTES", ge=128)


class ReconciliationSettings(DailyTotalsSettings):
    """ReconciliationFunction's environment variables."""

    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    admin_key_parameter: str = Field(alias="ADMIN_KEY_PARAMETER", min_length=1)
    #: The Admin API has the same address as the Claude API.
    base_url: str = Field(default=CLAUDE_API, alias="CLAUDE_BASE_URL")
    #: Empty: the whole organization.
    workspace_id: str = Field(default="", alias="ANTHROPIC_WORKSPACE_ID")


class MonthlyReviewSettings(Settings):
    """MonthlyReviewFunction's environment variables."""

    reports_bucket: str = Field(alias="REPORTS_BUCKET", min_length=1)
    rules_path: str = Field(alias="RULES_PATH", pattern=r"^/.*/$")
    #: The ARN of RouterFunction's alias, that is of the live version.
    router_function_arn: str = Field(alias="ROUTER_FUNCTION_ARN", min_length=1)
