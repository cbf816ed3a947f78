"""The rules parameter `routing`: default tier, floors, text model, escalation and fallback."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from model_router.domain.routing.model_patterns import ModelPattern
from model_router.domain.strict_model import Strict

MAX_ROUTED_MODELS = 50

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
FailureKind = Literal["rate_limit", "overloaded", "server_error", "connection", "unknown", "unintelligible"]
"""Failures after which another call may be made. `unknown` means that the failed call may have been billed."""
Switching = Literal["asked", "paid_for"]
"""How a conversation with a cached prompt moves: up when a turn asks for it, or both ways once savings cover it."""


class SearchWindows(Strict):
    """How many characters of a user's text are searched for patterns."""

    head_chars: int = Field(default=2000, ge=100, le=20_000)
    tail_chars: int = Field(default=2000, ge=100, le=20_000)


class Floor(Strict):
    """The lowest tier for prompts above a number of (estimated) input tokens."""

    above_input_tokens: int = Field(ge=1)
    tier: Name


class TextModelRule(Strict):
    """How the packaged text model decides when no pattern of a higher tier than its task's matches."""

    enabled: bool
    #: The task of the requests that it recognises, with its tier, cap and validators.
    task: Name = "classification"
    #: The confidence that it needs, in percent.
    easy_from_percent: int = Field(default=50, ge=1, le=99)
    #: The confidence that it needs, if higher, for a text without other instruction that does not say what it is about.
    easy_from_percent_bare: int = Field(default=80, ge=1, le=99)
    #: Up to this confidence, a pattern of a tier below the default counts only in the part that asks for something.
    hard_up_to_percent: int = Field(default=20, ge=1, le=99)

    @model_validator(mode="after")
    def _the_limits_do_not_cross(self) -> "TextModelRule":
        if self.hard_up_to_percent >= self.easy_from_percent:
            raise ValueError("hard_up_to_percent must be below easy_from_percent")
        return self


class Escalation(Strict):
    """How far failed checks may escalate a request."""

    max_escalations: int = Field(default=2, ge=0, le=5)
    #: Another attempt is made only if this many seconds are left.
    min_seconds_left: int = Field(default=5, ge=0, le=900)


class BreakerRule(Strict):
    """After how many failures in a row (0 means never) a model is avoided, and for how long."""

    failures: int = Field(default=5, ge=0, le=100)
    seconds: int = Field(default=30, ge=1, le=600)


class Fallback(Strict):
    """What follows a failed call: another tier, a retry on the same tier, or the error."""

    #: Failures after which another tier is called.
    on: list[FailureKind] = ["rate_limit", "overloaded", "server_error", "unknown"]
    max_fallbacks: int = Field(default=1, ge=0, le=5)
    #: Failures after which the same tier is called again.
    retry_on: list[FailureKind] = ["rate_limit", "overloaded", "server_error", "connection", "unknown"]
    #: The same tier is retried while at most this many calls have failed. The SDK's default is 2, too.
    max_retries: int = Field(default=2, ge=0, le=5)
    #: The router does not wait for a longer `retry-after`; it returns the error.
    max_wait_seconds: int = Field(default=60, ge=0, le=900)
    #: If no higher tier can help, lower tiers are called, down to this one. None means no lower tier.
    down_to: Name | None = None
    breaker: BreakerRule = BreakerRule()


class Routing(Strict):
    default_tier: Name
    #: The order in which the tiers' patterns are searched.
    precedence: Annotated[list[Name], Field(min_length=1)]
    windows: SearchWindows = SearchWindows()
    #: Without it, only patterns decide.
    text_model: TextModelRule | None = None
    floors: list[Floor] = []
    #: Added to the estimated input before it is compared with a context window.
    estimate_margin_percent: int = Field(default=20, ge=0, le=100)
    escalation: Escalation = Escalation()
    fallback: Fallback = Fallback()
    switching: Switching = "paid_for"
    #: Whether an SDK's retry joins the request if it is still running.
    join_retries: bool = False
    #: Whether a request for a model that the catalog lacks is passed on or refused with a 404.
    unknown_models: Literal["pass", "refuse"] = "pass"
    #: Patterns of model names that are routed although a client requests them (`model_patterns`).
    route_models: Annotated[list[ModelPattern], Field(max_length=MAX_ROUTED_MODELS)] = []
