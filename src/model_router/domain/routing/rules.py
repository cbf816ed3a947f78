"""The rules: what operators set in Parameter Store, a model for each parameter, and the whole set.

A set is a parameter per file of `rules/default/`: `tiers`, `routing`, `rollout`, `tasks/<name>`, `models/<id>`,
`budgets` and `manifest`. `docs/rules.md` describes every field.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from model_router.domain.budgets.rules import BudgetRules
from model_router.domain.card_like import RulesCard
from model_router.domain.catalog import UNLISTED, Strict
from model_router.domain.routing import patterns
from model_router.domain.routing.model_patterns import ModelPattern

MAX_TASKS = 200
MAX_MODELS = 100
MAX_ROUTED_MODELS = 50
RESERVED_TIERS = ("other", UNLISTED)
"""What records call the tier of a model that is not on the ladder."""

DEFAULT_TASK = "default"
"""The task of a request that no rule matched."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Percent = Annotated[int, Field(ge=0, le=100)]
FailureKind = Literal["rate_limit", "overloaded", "server_error", "connection", "unknown", "unintelligible"]
"""Failures of a call that may be followed by another. `unknown`: it may have been billed, and nobody knows."""
Switching = Literal["asked", "paid_for"]
"""When a conversation with a cached prompt moves up: with the turn that asks for it, or once it has saved the cost."""


class Tier(Strict):
    name: Name
    model: str


class Tiers(Strict):
    """The ladder, cheapest first, and the tier that everything went to before there was a router."""

    tiers: Annotated[list[Tier], Field(min_length=1, max_length=10)]
    baseline: Name
    baseline_by_client: dict[str, Name] = {}

    @field_validator("tiers")
    @classmethod
    def _names_are_unique(cls, tiers: list[Tier]) -> list[Tier]:
        names = [tier.name for tier in tiers]
        if len(set(names)) < len(names):
            raise ValueError("each tier's name may stand once")
        if reserved := set(names).intersection(RESERVED_TIERS):
            raise ValueError(f"{min(reserved)!r} is reserved: records use it for models that are not on the ladder")
        return tiers

    def names(self) -> list[str]:
        return [tier.name for tier in self.tiers]


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


class Rollout(Strict):
    """The share of traffic that is routed; the rest is the control arm."""

    percent: Percent
    salt: Annotated[str, Field(max_length=100)]


class Task(Strict):
    """A named kind of request: what recognises it, which tier it gets, what checks its answers."""

    tier: Name
    description: Annotated[str, Field(max_length=500)] = ""
    patterns: Annotated[list[str], Field(max_length=500)] = []
    max_input_tokens: Annotated[int, Field(ge=1)] | None = None
    validators: Annotated[list[dict[str, object]], Field(max_length=20)] = []
    escalate_on: list[Literal["max_tokens", "refusal"]] = []
    baseline: Name | None = None
    #: None: as `routing` says.
    switching: Switching | None = None

    @field_validator("patterns")
    @classmethod
    def _patterns_are_words(cls, given: list[str]) -> list[str]:
        for index, pattern in enumerate(given):
            try:
                patterns.check(pattern)
            except ValueError as error:
                raise ValueError(f"pattern {index + 1}: {error}") from None
        return given


class Manifest(Strict):
    """What `router rules push` writes last: the set's version, time and hash."""

    version: Annotated[str, Field(min_length=1, max_length=100)]
    pushed_at: str
    hash: str


class RuleSet(Strict):
    """One whole set of rules, valid in itself."""

    tiers: Tiers
    routing: Routing
    rollout: Rollout
    tasks: Annotated[dict[Name, Task], Field(max_length=MAX_TASKS)]
    models: Annotated[dict[str, RulesCard], Field(max_length=MAX_MODELS)] = {}
    budgets: BudgetRules = BudgetRules()
    version: str
    #: Whether the parameters differ from what the manifest says was pushed.
    drifted: bool = False

    def model_of(self, tier: str) -> str:
        return next(entry.model for entry in self.tiers.tiers if entry.name == tier)

    def switching_of(self, task: str) -> Switching:
        rule = self.tasks.get(task)
        return (rule.switching if rule else None) or self.routing.switching

    def baseline_for(self, task: str, client: str) -> str:
        """The tier that this request would have gone to without the router."""
        of_client = self.tiers.baseline_by_client.get(client)
        rule = self.tasks.get(task)
        return of_client or (rule.baseline if rule else None) or self.tiers.baseline

    def baseline_model(self, named: str | None, task: str, client: str) -> str:
        """The model that this request would have gone to without the router: the one it named, if it named one."""
        return named or self.model_of(self.baseline_for(task, client))
