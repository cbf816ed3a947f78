"""The rules parameter `routing`: default tier, floors, text model, escalation and fallback."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from model_router.domain.routing.model_patterns import ModelPattern
from model_router.domain.strict_model import Strict

MAX_ROUTED_MODELS = 50

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
FailureKind = Literal["rate_limit", "overloaded", "server_error", "connection", "unknown", "unintelligible"]
"""Failures of a call that may be followed by another. `unknown`: it may have been billed, and nobody knows."""
Switching = Literal["asked", "paid_for"]
"""When a conversation with a cached prompt moves up: with the turn that asks for it, or once it has saved the cost."""


class SearchWindows(Strict):
    """How much of a user's text is searched for patterns, in characters."""

    head_chars: int = Field(default=2000, ge=100, le=20_000)
    tail_chars: int = Field(default=2000, ge=100, le=20_000)


class Floor(Strict):
    """Prompts above so many input tokens (estimated) go to this tier at least."""

    above_input_tokens: int = Field(ge=1)
    tier: Name


class TextModelRule(Strict):
    """What the packaged text model decides where no pattern of a tier above its task's does."""

    enabled: bool
    #: The task of what it recognises: its tier, its cap, its validators.
    task: Name = "classification"
    #: How sure it must be, in percent.
    easy_from_percent: int = Field(default=55, ge=1, le=99)
    #: Up to here a pattern of a tier below the default does not decide, unless it stands in what the turn asks.
    hard_up_to_percent: int = Field(default=10, ge=1, le=99)

    @model_validator(mode="after")
    def _the_limits_do_not_cross(self) -> "TextModelRule":
        if self.hard_up_to_percent >= self.easy_from_percent:
            raise ValueError("hard_up_to_percent must be below easy_from_percent")
        return self


class Escalation(Strict):
    """How far a failed check may drive a request up the tiers."""

    max_escalations: int = Field(default=2, ge=0, le=5)
    #: A further attempt is made only while the deadline leaves this much, in seconds.
    min_seconds_left: int = Field(default=5, ge=0, le=900)


class BreakerRule(Strict):
    """When a model that keeps failing is passed over, and for how long. 0 failures: never."""

    failures: int = Field(default=5, ge=0, le=100)
    seconds: int = Field(default=30, ge=1, le=600)


class Fallback(Strict):
    """What follows a call that itself failed: another tier, the same one again, or the caller's error at once."""

    #: Failures after which another tier is asked.
    on: list[FailureKind] = ["rate_limit", "overloaded", "server_error", "unknown"]
    max_fallbacks: int = Field(default=1, ge=0, le=5)
    #: Failures after which the same tier is asked again.
    retry_on: list[FailureKind] = ["rate_limit", "overloaded", "server_error", "connection", "unknown"]
    #: The same tier is asked again while no more calls than this have failed. The SDK's own default is 2, too.
    max_retries: int = Field(default=2, ge=0, le=5)
    #: A longer `retry-after` is not waited for, but passed on.
    max_wait_seconds: int = Field(default=60, ge=0, le=900)
    #: Where no tier above helps, tiers below are asked, down to this one. None: none is.
    down_to: Name | None = None
    breaker: BreakerRule = BreakerRule()


class Routing(Strict):
    default_tier: Name
    #: The order in which tiers' patterns are asked.
    precedence: Annotated[list[Name], Field(min_length=1)]
    windows: SearchWindows = SearchWindows()
    #: Absent: patterns alone decide.
    text_model: TextModelRule | None = None
    floors: list[Floor] = []
    #: Added to the estimated input when it is held against a context window.
    estimate_margin_percent: int = Field(default=20, ge=0, le=100)
    escalation: Escalation = Escalation()
    fallback: Fallback = Fallback()
    switching: Switching = "asked"
    #: Whether a request that an SDK sends again joins the one that is still running.
    join_retries: bool = False
    #: Whether a request that names a model which the catalog lacks is passed on, or refused with a 404.
    unknown_models: Literal["pass", "refuse"] = "pass"
    #: Patterns of models that are routed although a client asks for them by name (`model_patterns`).
    route_models: Annotated[list[ModelPattern], Field(max_length=MAX_ROUTED_MODELS)] = []
