"""The rules that operators set in Parameter Store: a Pydantic model for each parameter, and the set.

A set has one parameter per file of `rules/default/`: `tiers`, `routing`, `rollout`, `tasks/<name>`, `models/<id>`,
`budgets` and `manifest`; and `applications/<id>` for each application that has a rule. `docs/rules.md` describes every
field.
"""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from model_router.domain.budgets.rules import BudgetRules
from model_router.domain.card_like import RulesCard
from model_router.domain.catalog import UNLISTED
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing import patterns
from model_router.domain.routing.application_rules import MAX_APPLICATIONS, ApplicationId, ApplicationRule
from model_router.domain.routing.effort_rules import EffortByTier, EffortRule
from model_router.domain.routing.routing_rules import Name, Routing, Switching
from model_router.domain.strict_model import Strict

MAX_TASKS = 200
MAX_MODELS = 100
RESERVED_TIERS = ("other", UNLISTED)
"""The tier in records of a model that no tier uses."""

DEFAULT_TASK = "default"
"""The task of a request that no rule matched."""

Percent = Annotated[int, Field(ge=0, le=100)]


class Tier(Strict):
    name: Name
    model: str


class Tiers(Strict):
    """The tiers, cheapest first, and the one that all requests went to before the router."""

    tiers: Annotated[list[Tier], Field(min_length=1, max_length=10)]
    baseline: Name
    baseline_by_client: dict[str, Name] = {}

    @field_validator("tiers")
    @classmethod
    def _names_are_unique(cls, tiers: list[Tier]) -> list[Tier]:
        names = [tier.name for tier in tiers]
        if len(set(names)) < len(names):
            raise ValueError("tier names must be unique")
        if reserved := set(names).intersection(RESERVED_TIERS):
            raise ValueError(f"{min(reserved)!r} is reserved: records use it for models that no tier uses")
        return tiers

    def names(self) -> list[str]:
        return [tier.name for tier in self.tiers]


class Rollout(Strict):
    """The share of traffic that is routed; the rest is the control arm."""

    percent: Percent
    salt: Annotated[str, Field(max_length=100)]


class Task(Strict):
    """A named kind of request: the patterns that recognise it, its tier, and the validators of its answers."""

    tier: Name
    description: Annotated[str, Field(max_length=500)] = ""
    patterns: Annotated[list[str], Field(max_length=500)] = []
    max_input_tokens: Annotated[int, Field(ge=1)] | None = None
    #: The cap of requests whose answers have a closed form, if it is higher.
    max_input_tokens_closed: Annotated[int, Field(ge=1)] | None = None
    validators: Annotated[list[dict[str, object]], Field(max_length=20)] = []
    escalate_on: list[Literal["max_tokens", "refusal"]] = []
    baseline: Name | None = None
    #: None means the setting of `routing`.
    switching: Switching | None = None
    effort: EffortByTier = {}

    def cap(self, *, closed: bool) -> int | None:
        """The most input tokens of the user's turns, or None; `closed`: the form of the answer is."""
        if not closed or self.max_input_tokens is None:
            return self.max_input_tokens
        return max(self.max_input_tokens, self.max_input_tokens_closed or 0)

    @field_validator("patterns")
    @classmethod
    def _patterns_are_words(cls, listed: list[str]) -> list[str]:
        for index, pattern in enumerate(listed):
            try:
                patterns.check(pattern)
            except ValueError as error:
                raise ValueError(f"pattern {index + 1}: {error}") from None
        return listed


class Manifest(Strict):
    """The set's version, time and hash. `router rules push` writes it last."""

    version: Annotated[str, Field(min_length=1, max_length=100)]
    pushed_at: str
    hash: str


class RuleSet(Strict):
    """A complete set of rules."""

    tiers: Tiers
    routing: Routing
    rollout: Rollout
    tasks: Annotated[dict[Name, Task], Field(max_length=MAX_TASKS)]
    applications: Annotated[dict[ApplicationId, ApplicationRule], Field(max_length=MAX_APPLICATIONS)] = {}
    models: Annotated[dict[str, RulesCard], Field(max_length=MAX_MODELS)] = {}
    budgets: BudgetRules = BudgetRules()
    version: str
    #: Whether the parameters were edited since the push that the manifest describes.
    drifted: bool = False

    def model_of(self, tier: str) -> str:
        return next(entry.model for entry in self.tiers.tiers if entry.name == tier)

    def switching_of(self, task: str) -> Switching:
        rule = self.tasks.get(task)
        return (rule.switching if rule else None) or self.routing.switching

    def rule_of(self, request: RouteRequest) -> ApplicationRule | None:
        """The rule of the application that `decide` found for a request."""
        return None if request.application is None else self.applications.get(request.application)

    def efforts_of(self, request: RouteRequest, task: str) -> dict[str, EffortRule]:
        """The rules of effort for a request, by tier: its application's, otherwise its task's."""
        of_application, of_task = self.rule_of(request), self.tasks.get(task)
        return {**(of_task.effort if of_task else {}), **(of_application.effort if of_application else {})}

    def baseline_for(self, request: RouteRequest, task: str) -> str:
        """The tier that a request would have gone to without the router."""
        of_application, of_task = self.rule_of(request), self.tasks.get(task)
        return (
            (of_application.baseline if of_application else None)
            or self.tiers.baseline_by_client.get(request.client)
            or (of_task.baseline if of_task else None)
            or self.tiers.baseline
        )

    def baseline_model(self, request: RouteRequest, task: str) -> str:
        """The model that a request would have gone to without the router: the one that it names, if it names one."""
        return request.pin or self.model_of(self.baseline_for(request, task))
