"""Why a request goes where it goes: the decision, what each rule said, and what each tier would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from model_router.domain.money.pricing import Usage, cost
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import Windows, own_words_of, placed_user_turns
from model_router.domain.routing.answer_form import form_of
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.patterns import PatternSet
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.recognition import Recognition
from model_router.domain.routing.rules import Task
from model_router.domain.routing.signals import SignalSearch
from model_router.domain.routing.text_features import NO_SHAPE, Turn, shape_of, system_shape


@dataclass(frozen=True, slots=True)
class TierCost:
    """What a tier, or the named model (tier `other`), would cost, in USD.

    The prompt alone, and with an answer as long as `max_tokens` allows.
    """

    tier: str
    model: str
    takes_it: bool
    input_tokens: int
    prompt_usd: Decimal
    most_usd: Decimal


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """What a rule made of the request. `matched` are its patterns that occur, in any user turn."""

    rule: str
    tier: str
    decides: bool
    matched: Sequence[str]
    said: str


@dataclass(frozen=True, slots=True)
class Explanation:
    decision: Decision
    rules: Sequence[RuleSaid]
    costs: Sequence[TierCost]
    rules_version: str

    def to_json(self) -> dict[str, object]:
        found = self.decision
        return {
            "tier": found.tier,
            "model": found.model,
            "task": found.task,
            "application": found.application,
            "session": found.session,
            "rule": found.rule,
            "reason": found.reason,
            "arm": found.arm,
            "input_tokens": found.input_tokens,
            "rules_version": self.rules_version,
            "rules": [
                {"rule": r.rule, "tier": r.tier, "decides": r.decides, "matched": list(r.matched), "said": r.said}
                for r in self.rules
            ],
            "costs": [
                {
                    "tier": c.tier,
                    "model": c.model,
                    "takes_it": c.takes_it,
                    "input_tokens": c.input_tokens,
                    "prompt_usd": c.prompt_usd,
                    "most_usd": c.most_usd,
                }
                for c in self.costs
            ],
        }


def explain(policy: Policy, request: RouteRequest, now: datetime) -> Explanation:
    """Raises the decision's RouterErrors."""
    decision = decide(policy, request)
    estimate = decision.size.tokens
    models = {tier: policy.rules.model_of(tier) for tier in policy.rank}
    if request.pin is not None and policy.tier_of(request.pin) == "other":
        models["other"] = request.pin
    costs = [_tier_cost(policy, tier, model, request, estimate, decision, now) for tier, model in models.items()]
    rules = _Rules(policy, request, estimate, decision).all()
    return Explanation(decision, rules, costs, policy.rules.version)


def _tier_cost(
    policy: Policy, tier: str, model: str, request: RouteRequest, estimate: int, decision: Decision, now: datetime
) -> TierCost:
    tokens = int(estimate * policy.catalog.tokenizer_ratio(model))
    return TierCost(
        tier,
        model,
        tier not in decision.unfit,
        tokens,
        cost(policy.catalog, model, Usage(tokens), now),
        cost(policy.catalog, model, Usage(tokens, request.max_tokens), now),
    )


class _Rules:
    """Asks each rule by itself."""

    def __init__(self, policy: Policy, request: RouteRequest, estimate: int, decision: Decision) -> None:
        self._policy = policy
        self._rules = policy.rules
        self._request = request
        self._estimate = estimate
        self._decision = decision
        windows = policy.rules.routing.windows
        self._turns = [
            Turn.of(own_words_of(request.body["messages"][place]), Windows(windows.head_chars, windows.tail_chars))
            for place, _ in placed_user_turns(request.body["messages"])
        ]

    def all(self) -> list[RuleSaid]:
        order = {tier: place for place, tier in enumerate(self._rules.routing.precedence)}
        tasks = sorted(self._rules.tasks.items(), key=lambda entry: (order.get(entry[1].tier, len(order)), entry[0]))
        looks = self._looks()
        return [
            *self._application(),
            *(self._task(name, task, looks) for name, task in tasks),
            *self._text_model(looks),
            *self._floors(),
        ]

    def _application(self) -> list[RuleSaid]:
        """The rule of the request's application, if it has one."""
        rule = self._rules.rule_of(self._decision.request)
        if rule is None:
            return []
        limits = [f"{field} {tier}" for field, tier in rule.tiers()]
        decides = self._decision.rule == f"{rule.task}: application"
        tier = self._rules.tasks[rule.task].tier if rule.task in self._rules.tasks else ""
        said = ", ".join([*([f"task {rule.task}"] if rule.task else []), *limits]) or "only names it"
        return [RuleSaid(rule.described(), tier, decides, (), said)]

    def _looks(self) -> Recognition:
        """What the text model makes of the last user turn."""
        body = self._request.body
        shape = shape_of(self._turns[-1], system_shape(body), form_of(body)) if self._turns else NO_SHAPE
        return SignalSearch(self._rules).looks(shape)

    def _task(self, name: str, task: Task, looks: Recognition) -> RuleSaid:
        if self._request.task is not None:
            asked = self._request.task == name
            decides = asked and self._decision.rule is not None
            return RuleSaid(
                name, task.tier, decides, (), "asked for by name" if asked else "another task was asked for"
            )
        patterns = PatternSet(task.patterns)
        found = {
            task.patterns[place] for turn in self._turns for part in turn.folded for place in patterns.found_in(part)
        }
        matched = [pattern for pattern in task.patterns if pattern in found]
        decides = self._decision.rule in {f'{name}: "{pattern}"' for pattern in matched}
        return RuleSaid(name, task.tier, decides, matched, self._said(task, matched, looks, decides=decides))

    def _said(self, task: Task, matched: Sequence[str], looks: Recognition, *, decides: bool) -> str:
        if not task.patterns:
            return "has no patterns"
        if not matched:
            return f"none of its {len(task.patterns)} patterns occurs" if len(task.patterns) > 1 else "does not occur"
        if decides:
            return "decides"
        cap = task.cap(closed=looks.has_closed_answer)
        if cap is not None and self._estimate > cap:
            return f"occurs, but about {self._estimate:,} tokens are over its cap of {cap:,}"
        below = self._policy.rank[task.tier] < self._policy.rank[self._rules.routing.default_tier]
        if looks.kind == "hard" and below:
            return f"occurs, but {looks.reason}"
        if self._decision.arm == "pinned":
            return "occurs, but the request names its model"
        return f"occurs, but {self._decision.rule or 'another rule'} comes first"

    def _text_model(self, looks: Recognition) -> list[RuleSaid]:
        rule = self._rules.routing.text_model
        if rule is None or not rule.enabled:
            return []
        said = {"easy": looks.reason, "hard": looks.reason}.get(looks.kind, "is not sure either way")
        decides = (self._decision.rule or "").startswith(f"{rule.task}: text model")
        return [RuleSaid("text model", self._rules.tasks[rule.task].tier, decides, (), said)]

    def _floors(self) -> list[RuleSaid]:
        found = []
        for floor in self._rules.routing.floors:
            over = self._estimate > floor.above_input_tokens
            said = f"about {self._estimate:,} input tokens are {'over' if over else 'not over'}"
            name = f"floor above {floor.above_input_tokens:,} tokens"
            found.append(RuleSaid(name, floor.tier, False, (), f"{said} {floor.above_input_tokens:,}"))
        return found
