"""What was spent, and on what: sums of requests, of calls, and of the whole traffic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self, cast

from model_router.domain.spend.amounts import ZERO, plus
from model_router.domain.spend.totals.facts import AttemptFacts
from model_router.domain.spend.totals.latency import Latencies
from model_router.domain.spend.totals.sums import Sums, add_tokens


@dataclass(slots=True)
class RequestSums(Sums):
    """Requests with all that was spent on them. Of a part of the traffic: a day, a task, a client, a tag, a tier."""

    requests: int = 0
    #: Requests that got an answer.
    answered: int = 0
    calls: int = 0
    #: What is known to have been spent.
    cost: Decimal = ZERO
    #: The most that calls of unknown cost can have cost on top.
    unknown_bound: Decimal = ZERO
    baseline_low: Decimal = ZERO
    baseline_high: Decimal = ZERO
    escalated: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0


@dataclass(slots=True)
class AttemptSums(Sums):
    """Calls of one tier or one model, whatever became of their requests."""

    calls: int = 0
    failed: int = 0
    cost: Decimal = ZERO
    unknown: int = 0
    unknown_bound: Decimal = ZERO
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0
    web_searches: int = 0
    latency: Latencies = field(default_factory=Latencies)

    def add(self, call: AttemptFacts) -> None:
        self.calls += 1
        self.failed += call.error is not None
        self.cost = plus(self.cost, call.cost)
        if call.unknown:
            self.unknown += 1
            self.unknown_bound = plus(self.unknown_bound, call.bound)
        add_tokens(self, call)
        self.web_searches += call.web_searches
        if call.answered and call.latency_ms is not None:
            self.latency.add(call.latency_ms)


@dataclass(slots=True)
class Overall(Sums):
    """What is told of the whole traffic alone."""

    simulated: int = 0
    #: Calls of settled requests whose cost is unknown, and its bound.
    unknown_calls: int = 0
    unknown_bound: Decimal = ZERO
    #: Requests that are not settled: what is known of their cost is in every other sum, the bound of the rest is here.
    open: int = 0
    abandoned: int = 0
    unsettled_calls: int = 0
    unsettled_cost: Decimal = ZERO
    unsettled_bound: Decimal = ZERO
    escalated_requests: int = 0
    escalation_calls: int = 0
    escalation_cost: Decimal = ZERO
    wasted: Decimal = ZERO
    fallback_requests: int = 0
    fallback_calls: int = 0
    fallback_cost: Decimal = ZERO
    failed_calls: int = 0
    failed_cost: Decimal = ZERO
    failed_bound: Decimal = ZERO
    cache_saving: Decimal = ZERO
    #: Calls with cached tokens of a model that the catalog does not know: their saving is not in the sum.
    cache_unpriced_calls: int = 0
    #: Every request's time in the function, for the stack's own bill.
    milliseconds: int = 0
    request_latency: Latencies = field(default_factory=Latencies)
    overhead: Latencies = field(default_factory=Latencies)


@dataclass(slots=True)
class Days(Sums):
    """The first and the last day that something was seen on; merged, the earliest and the latest."""

    requests: int = 0
    first_day: str = ""
    last_day: str = ""

    def absorb(self, other: Self) -> None:
        self.requests += other.requests
        self.first_day = min(filter(None, (self.first_day, other.first_day)), default="")
        self.last_day = max(self.last_day, other.last_day)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**cast("dict[str, Any]", dict(stored)))
