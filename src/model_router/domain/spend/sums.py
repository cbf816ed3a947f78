"""Sums over requests and over calls, as plain fields that are added up: each is a commutative monoid.

A field is a count (int), money or another exact amount (Decimal), or a histogram of latencies. `absorb` adds another
sum to this one; what JSON leaves out is zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Self, cast

from model_router.domain.spend.amounts import ZERO, plus, tidied, times
from model_router.domain.spend.facts import CallFacts, RequestFacts
from model_router.domain.spend.latency import Latencies


@dataclass(slots=True)
class Sums:
    """What all of them can do."""

    def absorb(self, other: Self) -> None:
        """Adds `other`, which stays as it was."""
        for name in _names(type(self)):
            ours, theirs = getattr(self, name), getattr(other, name)
            if isinstance(ours, Latencies):
                ours.absorb(theirs)
            elif isinstance(ours, Decimal):
                setattr(self, name, plus(ours, theirs))
            else:
                setattr(self, name, ours + theirs)

    def to_json(self) -> dict[str, object]:
        stored: dict[str, object] = {}
        for name in _names(type(self)):
            value = getattr(self, name)
            if isinstance(value, Latencies):
                stored[name] = value.to_json()
            else:
                stored[name] = tidied(value) if isinstance(value, Decimal) else value
        return {name: value for name, value in stored.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Reads `to_json` back; numbers of the JSON are int or Decimal."""
        found = cls()
        for name, value in stored.items():
            empty = getattr(found, name)
            if isinstance(empty, Latencies):
                setattr(found, name, Latencies.from_json(value))
            else:
                setattr(found, name, Decimal(value) if isinstance(empty, Decimal) else int(value))
        return found


def _names(kind: type[Sums]) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(found.name for found in fields(kind))
    return names


_NAMES: dict[type[Sums], tuple[str, ...]] = {}


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
class CallSums(Sums):
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

    def add(self, call: CallFacts) -> None:
        self.calls += 1
        self.failed += call.error is not None
        self.cost = plus(self.cost, call.cost)
        if call.unknown:
            self.unknown += 1
            self.unknown_bound = plus(self.unknown_bound, call.bound)
        self.input_tokens += call.input_tokens
        self.output_tokens += call.output_tokens
        self.cache_write_5m_tokens += call.cache_write_5m_tokens
        self.cache_write_1h_tokens += call.cache_write_1h_tokens
        self.cache_read_tokens += call.cache_read_tokens
        self.web_searches += call.web_searches
        if call.answered and call.latency_ms is not None:
            self.latency.add(call.latency_ms)


@dataclass(slots=True)
class QualitySums(Sums):
    """How good a task's routed answers were, and what putting them right cost."""

    #: Routed requests that were answered: those that can escalate.
    eligible: int = 0
    escalated: int = 0
    #: The further calls that escalations made, and the answers that they replaced.
    escalation_cost: Decimal = ZERO
    wasted: Decimal = ZERO
    #: First answers that validators looked at, and that passed.
    checked: int = 0
    passed: int = 0
    #: The same of the answers that were served.
    served_checked: int = 0
    served_passed: int = 0
    feedback: int = 0
    score: Decimal = ZERO
    score_squares: Decimal = ZERO

    def add_feedback(self, score: Decimal) -> None:
        self.feedback += 1
        self.score = plus(self.score, score)
        self.score_squares = plus(self.score_squares, times(score, score))


@dataclass(slots=True)
class FirstCallSums(Sums):
    """The first answers of a task's requests of one arm on one tier: what the monthly review weighs."""

    requests: int = 0
    cost: Decimal = ZERO
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0
    checked: int = 0
    passed: int = 0
    escalated: int = 0
    #: Of those that escalated, the ones whose second answer failed as well.
    failed_twice: int = 0
    #: The requests' whole cost, escalations included.
    request_cost: Decimal = ZERO


@dataclass(slots=True)
class ArmSums(Sums):
    """One arm of the canary, with the squares that intervals are made of."""

    requests: int = 0
    answered: int = 0
    cost: Decimal = ZERO
    #: Requests whose every call's cost is known: cost per request is taken over these.
    priced: int = 0
    priced_cost: Decimal = ZERO
    priced_squares: Decimal = ZERO
    baseline_low: Decimal = ZERO
    baseline_high: Decimal = ZERO
    served_checked: int = 0
    served_passed: int = 0
    feedback: int = 0
    score: Decimal = ZERO
    score_squares: Decimal = ZERO
    #: Answered requests, start to end, in milliseconds.
    timed: int = 0
    milliseconds: int = 0
    milliseconds_squares: int = 0

    def add(self, request: RequestFacts, cost: Decimal, *, priced: bool) -> None:
        self.requests += 1
        self.cost = plus(self.cost, cost)
        if priced:
            self.priced += 1
            self.priced_cost = plus(self.priced_cost, cost)
            self.priced_squares = plus(self.priced_squares, times(cost, cost))
        if request.feedback is not None:
            self.feedback += 1
            self.score = plus(self.score, request.feedback)
            self.score_squares = plus(self.score_squares, times(request.feedback, request.feedback))


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
