"""The rules: what operators set in Parameter Store, read strictly, all valid or none.

A set is a parameter per file of `rules/default/`: `tiers`, `routing`, `rollout`, `tasks/<name>`, `models/<id>`,
`budgets` and `manifest`. `docs/rules.md` describes every field.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from model_router.domain.budgets.rules import BudgetRules
from model_router.domain.catalog import ModelCard, Strict
from model_router.domain.invalid_fields import findings_of
from model_router.domain.routing import patterns

MAX_PARAMETER_BYTES = 4096
"""What a standard parameter of Parameter Store holds."""

MAX_TASKS = 200
MAX_MODELS = 100

DEFAULT_TASK = "default"
"""The task of a request that no rule matched."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Percent = Annotated[int, Field(ge=0, le=100)]
_NESTED_NAME = re.compile(r"[a-z][a-z0-9.-]{0,63}")
FailureKind = Literal["rate_limit", "overloaded", "server_error", "connection", "unknown"]
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
    on: list[FailureKind] = ["rate_limit", "overloaded", "server_error"]
    max_fallbacks: int = Field(default=1, ge=0, le=5)
    #: Failures after which the same tier is asked again.
    retry_on: list[FailureKind] = ["rate_limit", "overloaded", "server_error", "connection"]
    max_retries: int = Field(default=1, ge=0, le=5)
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
    models: Annotated[dict[str, ModelCard], Field(max_length=MAX_MODELS)] = {}
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


class InvalidRules(ValueError):
    """A set that is not valid. `findings` are lines of `<parameter>: <where>: <what>`."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


def parse(parameters: Mapping[str, str], *, origin: str = "unversioned") -> RuleSet:
    """The set in `parameters` (name below the rules path → JSON text), without a look at the catalog.

    `origin` begins the version of a set that has no manifest.

    Raises InvalidRules with every finding of every parameter.
    """
    findings: list[str] = []
    parsed = {name: value for name in sorted(parameters) if (value := _parse_one(name, parameters[name], findings))}
    required = ("tiers", "routing", "rollout")
    findings.extend(f"{name}: is missing from the set" for name in required if name not in parameters)
    if findings:
        raise InvalidRules(findings)
    version, drifted = _version(parameters, parsed.get("manifest"), origin)
    whole = {
        "tiers": parsed["tiers"],
        "routing": parsed["routing"],
        "rollout": parsed["rollout"],
        "tasks": _below("tasks/", parsed),
        "models": _below("models/", parsed),
        "budgets": parsed.get("budgets", BudgetRules()),
        "version": version,
        "drifted": drifted,
    }
    try:
        rules = RuleSet.model_validate(whole)
    except ValidationError as error:
        raise InvalidRules([f"{where}: {what}" for where, what in findings_of(error)]) from None
    findings = _unknown_tiers(rules)
    if findings:
        raise InvalidRules(findings)
    return rules


def set_hash(parameters: Mapping[str, str]) -> str:
    """The hash of a set (its manifest and `rollout` aside): the same for the same JSON, however it is spaced.

    `rollout` is left out: raising the percentage by hand is a routine step, not a drift.
    """
    digest = hashlib.sha256()
    for name in sorted(parameters):
        if name not in ("manifest", "rollout"):
            value = json.dumps(json.loads(parameters[name]), sort_keys=True, separators=(",", ":"))
            digest.update(f"{name}\0{value}\0".encode())
    return digest.hexdigest()


def _parse_one(name: str, text: str, findings: list[str]) -> BaseModel | None:
    model = _model_for(name)
    if model is None:
        findings.append(f"{name}: is not a parameter of a rule set")
        return None
    try:
        return model.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        findings.append(f"{name}: is not JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        findings.append(f"{name}: is nested too deeply")
    except ValidationError as error:
        findings.extend(f"{name}: {where or 'the value'}: {what}" for where, what in findings_of(error))
    except ValueError:  # json's, of a number with more digits than Python reads
        findings.append(f"{name}: holds a number that is too long")
    return None


def _model_for(name: str) -> type[BaseModel] | None:
    kind, slash, rest = name.partition("/")
    if not slash:
        whole: dict[str, type[BaseModel]] = {
            "tiers": Tiers,
            "routing": Routing,
            "rollout": Rollout,
            "budgets": BudgetRules,
            "manifest": Manifest,
        }
        return whole.get(kind)
    nested: dict[str, type[BaseModel]] = {"tasks": Task, "models": ModelCard}
    return nested.get(kind) if _NESTED_NAME.fullmatch(rest) else None


def _below(prefix: str, parsed: Mapping[str, BaseModel]) -> dict[str, BaseModel]:
    return {name.removeprefix(prefix): value for name, value in parsed.items() if name.startswith(prefix)}


def _version(parameters: Mapping[str, str], manifest: BaseModel | None, origin: str) -> tuple[str, bool]:
    """The set's version, and whether it differs from what was pushed."""
    found = set_hash(parameters)
    if not isinstance(manifest, Manifest):
        return f"{origin}-{found[:12]}", False
    if manifest.hash == found:
        return manifest.version, False
    return f"{manifest.version}+edited-{found[:12]}", True


def _unknown_tiers(rules: RuleSet) -> list[str]:
    known = rules.tiers.names()
    used = [
        ("tiers: baseline", rules.tiers.baseline),
        *((f"tiers: baseline_by_client.{client}", tier) for client, tier in rules.tiers.baseline_by_client.items()),
        ("routing: default_tier", rules.routing.default_tier),
        *((f"routing: precedence[{n}]", tier) for n, tier in enumerate(rules.routing.precedence)),
        *((f"routing: floors[{n}].tier", floor.tier) for n, floor in enumerate(rules.routing.floors)),
        *([("routing: fallback.down_to", rules.routing.fallback.down_to)] if rules.routing.fallback.down_to else []),
        *((f"tasks/{name}: tier", task.tier) for name, task in rules.tasks.items()),
        *((f"tasks/{name}: baseline", task.baseline) for name, task in rules.tasks.items() if task.baseline),
        *((f"budgets: {where}", tier) for where, tier in rules.budgets.caps()),
    ]
    findings = [
        f"{where}: {tier!r} is not one of the tiers {', '.join(known)}" for where, tier in used if tier not in known
    ]
    unasked = {task.tier for task in rules.tasks.values() if task.patterns} - set(rules.routing.precedence)
    findings += [f"routing: precedence: {tier!r} has tasks with patterns and must be in it" for tier in sorted(unasked)]
    findings += _text_model_findings(rules)
    if DEFAULT_TASK in rules.tasks and rules.tasks[DEFAULT_TASK].patterns:
        findings.append(f"tasks/{DEFAULT_TASK}: takes no patterns: it is the task of what no rule matched")
    return findings


def _text_model_findings(rules: RuleSet) -> list[str]:
    rule = rules.routing.text_model
    if rule is None or not rule.enabled:
        return []
    task = rules.tasks.get(rule.task)
    if task is None:
        return [f"routing: text_model.task: {rule.task!r} is not one of the tasks"]
    if task.tier not in rules.routing.precedence:
        return [f"routing: precedence: {task.tier!r} is the tier of text_model.task and must be in it"]
    return []
