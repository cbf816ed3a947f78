"""What was spent, by everything it is asked by: a partial aggregate of any part of the ledger.

`merge` is associative and commutative with `Totals()` as its neutral element, so a day may be read in any order by any
number of readers, and a week is its seven days merged. Memory does not grow with the number of records: names are
bounded (groups.py), latencies are histograms. Every sum is exact.
"""

from collections.abc import Collection, Mapping
from typing import Any, Self

from model_router.domain.spend.amounts import ZERO, plus
from model_router.domain.spend.facts import CallFacts, RequestFacts
from model_router.domain.spend.groups import Groups
from model_router.domain.spend.sums import (
    ArmSums,
    CallSums,
    Days,
    FirstCallSums,
    Overall,
    QualitySums,
    RequestSums,
    Sums,
)

SCHEMA = 1
"""Of the stored form. Stored totals of another one are made again from the ledger."""

MAX_NAMES = 1_000
"""Of tasks, tiers, models, rules versions, days: the operator's own names, never near it."""
MAX_CLIENTS = 10_000
"""As many as API Gateway allows an account API keys by default."""
MAX_TAG_KEYS = 50
MAX_TAG_VALUES = 1_000
"""Of each key, so that a tag that is different every time crowds out no other."""

REST = "(other)"


class Totals:
    """The sums of a part of the ledger. Changed only by `add` and `absorb`."""

    def __init__(self) -> None:
        self.overall = Overall()
        self.days = Groups(RequestSums, MAX_NAMES)
        #: `<day> <tier>` → calls.
        self.day_tiers = Groups(CallSums, MAX_NAMES)
        self.tiers = Groups(CallSums, MAX_NAMES)
        self.models = Groups(CallSums, MAX_NAMES)
        #: By the tier, and the model, that answered last.
        self.served_tiers = Groups(RequestSums, MAX_NAMES)
        self.served_models = Groups(RequestSums, MAX_NAMES)
        self.tasks = Groups(RequestSums, MAX_NAMES)
        self.quality = Groups(QualitySums, MAX_NAMES)
        #: `<task> <tier of the first answer>`.
        self.first_calls = Groups(FirstCallSums, MAX_NAMES)
        #: The same of the control arm: what the baseline tier makes of the task.
        self.control_calls = Groups(FirstCallSums, MAX_NAMES)
        self.clients = Groups(RequestSums, MAX_CLIENTS)
        self.tags = Groups[Groups[RequestSums]](_tag_values, MAX_TAG_KEYS)
        self.arms = Groups(ArmSums, MAX_NAMES)
        self.rules_versions = Groups(Days, MAX_NAMES)

    @property
    def requests(self) -> int:
        return self.days.whole().requests

    def add(self, request: RequestFacts) -> None:
        """Counts a request in."""
        told = _Told(request)
        self._add_requests(request, told)
        self._add_calls(request)
        self._add_overall(request, told)
        self._add_arm(request, told)
        if request.arm == "routed" and told.served is not None:
            self._add_quality(request, told, told.served)
            _add_first_call(self.first_calls, request.task, told)
        elif request.arm == "control" and told.served is not None:
            _add_first_call(self.control_calls, request.task, told)

    def absorb(self, other: Self) -> None:
        """Adds other totals, which stay as they were."""
        for name in PARTS:
            getattr(self, name).absorb(getattr(other, name))

    def to_json(self) -> dict[str, object]:
        """Exact: `from_json` makes equal totals of it."""
        return {"schema": SCHEMA, **{name: getattr(self, name).to_json() for name in PARTS}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], parts: Collection[str] | None = None) -> Self:
        """What `to_json` gave. `parts`: these alone are read, the others stay empty. ValueError: another schema."""
        if stored.get("schema") != SCHEMA:
            raise ValueError(f"totals of schema {stored.get('schema')!r}, not {SCHEMA}")
        found = cls()
        for name in PARTS if parts is None else parts:
            if name == "overall":
                found.overall = Overall.from_json(stored[name])
            else:
                read = _read_tag_values if name == "tags" else _GROUPS[name].from_json
                getattr(found, name).load(stored[name], read)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def _add_requests(self, request: RequestFacts, told: "_Told") -> None:
        for sums in (
            self.days[request.day],
            self.served_tiers[request.tier],
            self.served_models[request.model],
            self.tasks[request.task],
            self.clients[request.client],
        ):
            told.add_to(sums)
        for key, value in request.tags:
            # One after the other: to let a key in may be to sum up another as the rest.
            told.add_to(self.tags[key][value])

    def _add_calls(self, request: RequestFacts) -> None:
        for call in request.calls:
            self.tiers[call.tier].add(call)
            self.models[call.model].add(call)
            self.day_tiers[f"{request.day} {call.tier}"].add(call)

    def _add_overall(self, request: RequestFacts, told: "_Told") -> None:
        overall = self.overall
        overall.simulated += request.simulated
        overall.milliseconds += request.latency_ms or 0
        if request.latency_ms is not None:
            overall.request_latency.add(request.latency_ms)
        if request.overhead_ms is not None:
            overall.overhead.add(request.overhead_ms)
        if request.status == "settled":
            overall.unknown_calls += told.unknown
            overall.unknown_bound = plus(overall.unknown_bound, told.bound)
        else:
            overall.open += request.status == "open"
            overall.abandoned += request.status == "abandoned"
            overall.unsettled_calls += told.unknown
            overall.unsettled_cost = plus(overall.unsettled_cost, told.cost)
            overall.unsettled_bound = plus(overall.unsettled_bound, told.bound)
        told.add_further(overall)
        seen = self.rules_versions[request.rules_version]
        seen.absorb(Days(1, request.day, request.day))

    def _add_arm(self, request: RequestFacts, told: "_Told") -> None:
        arm = self.arms[request.arm]
        arm.add(request, told.cost, priced=not told.unknown and request.status == "settled")
        arm.baseline_low = plus(arm.baseline_low, told.baseline_low)
        arm.baseline_high = plus(arm.baseline_high, told.baseline_high)
        if told.served is None:
            return
        arm.answered += 1
        arm.served_checked += told.served.checked
        arm.served_passed += told.served.checked and told.served.passed
        if request.latency_ms is not None:
            arm.timed += 1
            arm.milliseconds += request.latency_ms
            arm.milliseconds_squares += request.latency_ms**2

    def _add_quality(self, request: RequestFacts, told: "_Told", served: CallFacts) -> None:
        quality = self.quality[request.task]
        first = told.answers[0]
        quality.eligible += 1
        quality.escalated += told.escalated
        quality.escalation_cost = plus(quality.escalation_cost, told.escalation_cost)
        quality.wasted = plus(quality.wasted, told.wasted)
        quality.checked += first.checked
        quality.passed += first.checked and first.passed
        quality.served_checked += served.checked
        quality.served_passed += served.checked and served.passed
        if request.feedback is not None:
            quality.add_feedback(request.feedback)


def merge(one: Totals, other: Totals) -> Totals:
    """The totals of both parts; neither is changed."""
    both = Totals()
    both.absorb(one)
    both.absorb(other)
    return both


class _Told:
    """What a request's calls come to, worked out once for all the sums."""

    __slots__ = (
        "answers", "baseline_high", "baseline_low", "bound", "calls", "cost", "escalated",
        "escalation_cost", "served", "unknown", "wasted",
    )  # fmt: skip

    def __init__(self, request: RequestFacts) -> None:
        self.calls = request.calls
        self.cost = self.bound = ZERO
        self.unknown = 0
        for call in self.calls:
            self.cost = plus(self.cost, call.cost)
            if call.unknown:
                self.unknown += 1
                self.bound = plus(self.bound, call.bound)
        self.answers = [call for call in self.calls if call.answered]
        self.served = self.answers[-1] if self.answers else None
        self.baseline_low, self.baseline_high = request.baseline_low, request.baseline_high
        if request.arm != "routed":
            # Control and pinned requests save nothing, unsettled ones included, whose baseline nobody wrote down yet.
            self.baseline_low = self.baseline_high = self.cost
        self.escalated = False
        self.escalation_cost = self.wasted = ZERO
        if len(self.calls) > 1:
            self._judge_further_calls()

    def _judge_further_calls(self) -> None:
        """A call after one that was answered is an escalation; an answer that was not the last one was wasted."""
        for before, call in zip(self.calls, self.calls[1:], strict=False):
            if before.answered:
                self.escalated = True
                self.escalation_cost = plus(self.escalation_cost, call.cost)
        for answer in self.answers[:-1]:
            self.wasted = plus(self.wasted, answer.cost)

    def add_to(self, sums: RequestSums) -> None:
        sums.requests += 1
        sums.answered += self.served is not None
        sums.calls += len(self.calls)
        sums.cost = plus(sums.cost, self.cost)
        if self.bound:
            sums.unknown_bound = plus(sums.unknown_bound, self.bound)
        sums.baseline_low = plus(sums.baseline_low, self.baseline_low)
        sums.baseline_high = plus(sums.baseline_high, self.baseline_high)
        sums.escalated += self.escalated
        for call in self.calls:
            sums.input_tokens += call.input_tokens
            sums.output_tokens += call.output_tokens
            sums.cache_write_5m_tokens += call.cache_write_5m_tokens
            sums.cache_write_1h_tokens += call.cache_write_1h_tokens
            sums.cache_read_tokens += call.cache_read_tokens

    def add_further(self, overall: Overall) -> None:
        """Escalations, fallbacks, failed calls and the cache, each with its money."""
        overall.escalated_requests += self.escalated
        overall.escalation_cost = plus(overall.escalation_cost, self.escalation_cost)
        overall.wasted = plus(overall.wasted, self.wasted)
        fell_back = False
        for place, call in enumerate(self.calls):
            before = self.calls[place - 1] if place else None
            if before is not None and before.answered:
                overall.escalation_calls += 1
            elif before is not None:
                fell_back = True
                overall.fallback_calls += 1
                overall.fallback_cost = plus(overall.fallback_cost, call.cost)
            if call.error is not None:
                overall.failed_calls += 1
                overall.failed_cost = plus(overall.failed_cost, call.cost)
                overall.failed_bound = plus(overall.failed_bound, call.bound)
            if call.cache_saving is None:
                overall.cache_unpriced_calls += 1
            elif call.cache_saving:
                overall.cache_saving = plus(overall.cache_saving, call.cache_saving)
        overall.fallback_requests += fell_back


def _add_first_call(groups: Groups[FirstCallSums], task: str, told: "_Told") -> None:
    first = told.answers[0]
    sums = groups[f"{task} {first.tier}"]
    sums.requests += 1
    sums.cost = plus(sums.cost, first.cost)
    sums.request_cost = plus(sums.request_cost, told.cost)
    sums.checked += first.checked
    sums.passed += first.checked and first.passed
    sums.escalated += told.escalated
    if told.escalated and len(told.answers) > 1:
        sums.failed_twice += told.answers[1].checked and not told.answers[1].passed
    sums.input_tokens += first.input_tokens
    sums.output_tokens += first.output_tokens
    sums.cache_write_5m_tokens += first.cache_write_5m_tokens
    sums.cache_write_1h_tokens += first.cache_write_1h_tokens
    sums.cache_read_tokens += first.cache_read_tokens


def _tag_values() -> Groups[RequestSums]:
    return Groups(RequestSums, MAX_TAG_VALUES)


def _read_tag_values(stored: Mapping[str, Any]) -> Groups[RequestSums]:
    values = _tag_values()
    values.load(stored, RequestSums.from_json)
    return values


_GROUPS: Mapping[str, type[Sums]] = {
    "days": RequestSums,
    "day_tiers": CallSums,
    "tiers": CallSums,
    "models": CallSums,
    "served_tiers": RequestSums,
    "served_models": RequestSums,
    "tasks": RequestSums,
    "quality": QualitySums,
    "first_calls": FirstCallSums,
    "control_calls": FirstCallSums,
    "clients": RequestSums,
    "arms": ArmSums,
    "rules_versions": Days,
}
PARTS = ("overall", *_GROUPS, "tags")
"""Names of what the totals are made of."""
