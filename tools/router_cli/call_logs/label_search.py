"""The change of the recognition rules that saves most on labelled prompts, within 5 % of quality.

Tried are the text model's two limits, and phrases as patterns. A change counts as within 5 % while the upper end of the
95 % interval of the prompts that newly fall below their wanted tier is at most 5 %.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.user_text import user_turns
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.domain.spend.amounts import share, wilson
from model_router.domain.spend.monthly.tier_advice import TOLERANCE
from router_cli.call_logs.backtest import Moved, Placed, cost_on, place
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.halves import Compile
from router_cli.call_logs.outcomes import counted, too_low
from router_cli.call_logs.phrases import Prompt, find_phrases

_EASY_FROM = (40, 50, 60, 70, 80, 90)
_HARD_UP_TO = (1, 3, 5, 10)
LEAST_LABELLED = 100
"""Fewer in a half cannot show that less than 5 % go wrong."""
LEAST_SAVING = Decimal("0.01")
"""A share of the bill; a change that saves less is not worth its risk."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A change on some labelled prompts, against the rules as they were."""

    moved: Moved

    @property
    def saving_usd(self) -> Decimal:
        return self.moved.before_usd - self.moved.after_usd

    @property
    def within(self) -> bool:
        """Whether quality is shown to stay within 5 %."""
        risk = wilson(self.moved.newly_below, self.moved.labelled)
        return risk is not None and risk.high <= TOLERANCE

    def to_json(self) -> dict[str, object]:
        moved = self.moved
        return {
            "prompts": moved.labelled,
            "before_usd": moved.before_usd,
            "after_usd": moved.after_usd,
            "saving_usd": self.saving_usd,
            "saving_share": share(self.saving_usd, moved.before_usd),
            "below_before": counted(wilson(moved.below_before, moved.labelled), moved.labelled),
            "below_after": counted(wilson(moved.below_after, moved.labelled), moved.labelled),
            "newly_below": counted(wilson(moved.newly_below, moved.labelled), moved.labelled),
        }


class LabelSearch:
    """Looks for a change on some labelled prompts. `step` is called for each rule set that is tried."""

    def __init__(self, calls: Sequence[LoggedCall], compiled: Compile, step: Callable[[int], None]) -> None:
        self._calls = calls
        self._compiled = compiled
        self._step = step
        self._placed: dict[str, list[Placed | None]] = {}

    @staticmethod
    def most_steps() -> int:
        return len(_EASY_FROM) + len(_HARD_UP_TO) + 4

    def best(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The parameters with the change that saves most here; the same ones where none does within 5 %."""
        best = dict(parameters)
        for field, values in (("easy_from_percent", _EASY_FROM), ("hard_up_to_percent", _HARD_UP_TO)):
            best = self._better(parameters, best, [_with_limit(best, field, value) for value in values])
        for tier in self._compiled(dict(best)).rules.tiers.names()[:-1]:
            best = self._better(parameters, best, [self._with_phrases(best, tier)])
        return best

    def judge(self, before: Mapping[str, str], after: Mapping[str, str]) -> Judged:
        """The change from one set to another on these prompts."""
        return Judged(self._moved(before, after))

    def _better(
        self, before: Mapping[str, str], present: dict[str, str], others: Sequence[dict[str, str] | None]
    ) -> dict[str, str]:
        best, most = present, self.judge(before, present).saving_usd
        for other in others:
            self._step(1)
            if other is None:
                continue
            try:
                found = self.judge(before, other)
            except InvalidRules:
                continue
            if found.within and found.saving_usd > most:
                best, most = other, found.saving_usd
        return best

    def _moved(self, before: Mapping[str, str], after: Mapping[str, str]) -> Moved:
        moved = Moved()
        rank = self._compiled(dict(before)).rank
        for call, then, now in zip(self._calls, self._places(before), self._places(after), strict=True):
            if then is None or now is None:
                continue
            below = [too_low(rank, placed.tier, call.want or "") for placed in (then, now)]
            if below[0] is not None and below[1] is not None:
                moved.add(then, now, (below[0], below[1]))
        return moved

    def _places(self, parameters: Mapping[str, str]) -> list[Placed | None]:
        """Where a set sends each prompt; worked out once."""
        key = json.dumps(parameters, sort_keys=True)
        if key not in self._placed:
            policy = self._compiled(dict(parameters))
            self._placed[key] = [place(policy, call) for call in self._calls]
        return self._placed[key]

    def _with_phrases(self, parameters: dict[str, str], tier: str) -> dict[str, str] | None:
        policy = self._compiled(dict(parameters))
        task = _task_for(policy, tier)
        phrases = find_phrases([found for call in self._calls if (found := _prompt(policy, call, tier))])
        if task is None or not phrases:
            return None
        known = policy.rules.tasks[task].patterns
        task_rule = json.loads(parameters[f"tasks/{task}"])
        task_rule["patterns"] = [*known, *(phrase for phrase in phrases if phrase not in known)]
        return {**parameters, f"tasks/{task}": json.dumps(task_rule, ensure_ascii=False)}


def _with_limit(parameters: Mapping[str, str], field: str, value: int) -> dict[str, str] | None:
    """The set with one of the text model's limits changed; None where it has no text model."""
    routing = json.loads(parameters["routing"])
    model = routing.get("text_model")
    if not model or not model.get("enabled"):
        return None
    return {**parameters, "routing": json.dumps({**routing, "text_model": {**model, field: value}})}


def _task_for(policy: Policy, tier: str) -> str | None:
    """The task that takes phrases for a tier: the text model's, or the tier's with most patterns."""
    rules = policy.rules
    model = rules.routing.text_model
    if model is not None and model.task in rules.tasks and rules.tasks[model.task].tier == tier:
        return model.task
    of_tier = [name for name, task in rules.tasks.items() if task.tier == tier and task.patterns]
    return max(of_tier, key=lambda name: (len(rules.tasks[name].patterns), name), default=None)


def _prompt(policy: Policy, call: LoggedCall, tier: str) -> Prompt | None:
    placed = place(policy, call)
    too_cheap = too_low(policy.rank, tier, call.want or "")
    if placed is None or too_cheap is None or call.body is None:
        return None
    text = "\n".join(user_turns(call.body["messages"])[-1:])
    dearer = policy.rank[placed.tier] > policy.rank[tier]
    saving = placed.usd - cost_on(policy, tier, call) if dearer else ZERO
    return Prompt(text, call.source or text, not too_cheap, saving)
