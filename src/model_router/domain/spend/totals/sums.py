"""Sums: plain fields that are added up. Each kind of sum is a commutative monoid.

A field is a count (int), money or another exact amount (Decimal), or a histogram of latencies. The names of the fields
are those of the stored daily totals, where an attempt is a `call`; JSON leaves out what is zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol, Self

from model_router.domain.spend.amounts import ZERO, minus, plus, tidied, times
from model_router.domain.spend.totals.facts import AttemptFacts
from model_router.domain.spend.totals.latency import Latencies


@dataclass(slots=True)
class Sums:
    def absorb(self, other: Self) -> None:
        """Adds `other`, which does not change."""
        for name in self._names():
            added = getattr(other, name)
            if not added:  # most fields of most sums
                continue
            own = getattr(self, name)
            if isinstance(own, Latencies):
                own.absorb(added)
            else:
                setattr(self, name, plus(own, added) if isinstance(own, Decimal) else own + added)

    def to_json(self) -> dict[str, object]:
        stored: dict[str, object] = {}
        for name in self._names():
            value = getattr(self, name)
            if isinstance(value, Latencies):
                stored[name] = value.to_json()
            else:
                stored[name] = tidied(value) if isinstance(value, Decimal) else value
        return {name: value for name, value in stored.items() if value}

    def load(self, stored: Mapping[str, Any]) -> None:
        """Fills an empty sum from `to_json`. Numbers of the JSON are int or Decimal.

        Fields that an earlier version stored and this one lacks are passed over.
        """
        for name, value in stored.items():
            empty = getattr(self, name, None)
            if empty is None:
                continue
            if isinstance(empty, Latencies):
                setattr(self, name, Latencies.from_json(value))
            else:
                setattr(self, name, type(empty)(value))

    def _names(self) -> tuple[str, ...]:
        """The names of the fields, as every dataclass has them for pattern matching."""
        return self.__match_args__


class TokenCounts(Protocol):
    """Tokens by how they are billed."""

    input_tokens: int
    output_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    cache_read_tokens: int


@dataclass(slots=True)
class TokenSums(Sums):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0

    @property
    def prompt_tokens(self) -> int:
        written = self.cache_write_5m_tokens + self.cache_write_1h_tokens
        return self.input_tokens + written + self.cache_read_tokens

    def add_tokens(self, attempt: TokenCounts) -> None:
        self.input_tokens += attempt.input_tokens
        self.output_tokens += attempt.output_tokens
        self.cache_write_5m_tokens += attempt.cache_write_5m_tokens
        self.cache_write_1h_tokens += attempt.cache_write_1h_tokens
        self.cache_read_tokens += attempt.cache_read_tokens


@dataclass(slots=True)
class AnswerSums(Sums):
    """Served answers that validators checked, and callers' feedback with the squares that intervals need."""

    served_checked: int = 0
    served_passed: int = 0
    feedback: int = 0
    score: Decimal = ZERO
    score_squares: Decimal = ZERO

    def add_answer(self, served: AttemptFacts) -> None:
        self.served_checked += served.checked
        self.served_passed += served.checked and served.passed

    def add_feedback(self, score: Decimal | None) -> None:
        if score is not None:
            self.feedback += 1
            self.score = plus(self.score, score)
            self.score_squares = plus(self.score_squares, times(score, score))


@dataclass(slots=True)
class RequestSums(TokenSums):
    """Requests with all that was spent on them, of a part of the traffic: a day, a task, a client, a tag, a tier."""

    requests: int = 0
    #: Requests that got an answer.
    answered: int = 0
    calls: int = 0
    #: The known cost.
    cost: Decimal = ZERO
    #: The most that attempts of unknown cost can add.
    unknown_bound: Decimal = ZERO
    baseline_low: Decimal = ZERO
    baseline_high: Decimal = ZERO
    escalated: int = 0

    @property
    def saved_low(self) -> Decimal:
        return minus(self.baseline_low, self.cost)

    @property
    def saved_high(self) -> Decimal:
        return minus(self.baseline_high, self.cost)


@dataclass(slots=True)
class AttemptSums(TokenSums):
    """Attempts of one tier, model or mode, with any outcome of their requests."""

    calls: int = 0
    failed: int = 0
    cost: Decimal = ZERO
    unknown: int = 0
    unknown_bound: Decimal = ZERO
    web_searches: int = 0
    latency: Latencies = field(default_factory=Latencies)

    def add(self, attempt: AttemptFacts) -> None:
        self.calls += 1
        self.failed += attempt.error is not None
        self.cost = plus(self.cost, attempt.cost)
        if attempt.unknown:
            self.unknown += 1
            self.unknown_bound = plus(self.unknown_bound, attempt.bound)
        self.add_tokens(attempt)
        self.web_searches += attempt.web_searches
        if attempt.answered and attempt.latency_ms is not None:
            self.latency.add(attempt.latency_ms)


@dataclass(slots=True)
class Overall(Sums):
    """Sums of the whole traffic only."""

    simulated: int = 0
    #: Attempts of settled requests whose cost is unknown, and the bound of that.
    unknown_calls: int = 0
    unknown_bound: Decimal = ZERO
    #: Requests that are not settled. Their known cost is included in every other sum, the bound of the rest is here.
    open: int = 0
    abandoned: int = 0
    unsettled_calls: int = 0
    unsettled_cost: Decimal = ZERO
    unsettled_bound: Decimal = ZERO
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
    #: Attempts with cached tokens of a model that the catalog lacks. Their saving is not in the sum.
    cache_unpriced_calls: int = 0
    #: The time of every request in the function, for the stack's own bill.
    milliseconds: int = 0
    request_latency: Latencies = field(default_factory=Latencies)
    overhead: Latencies = field(default_factory=Latencies)


@dataclass(slots=True)
class QualitySums(AnswerSums):
    """How good a task's routed answers were, and what replacing them cost."""

    #: Routed requests that were answered: those that can escalate.
    eligible: int = 0
    escalated: int = 0
    #: The further attempts of escalations, and the answers that they replaced.
    escalation_cost: Decimal = ZERO
    wasted: Decimal = ZERO
    #: First answers that validators checked, and those that passed.
    checked: int = 0
    passed: int = 0


@dataclass(slots=True)
class FirstAnswerSums(TokenSums):
    """The first answers of a task's requests of one arm on one tier, for the monthly review."""

    requests: int = 0
    cost: Decimal = ZERO
    checked: int = 0
    passed: int = 0
    escalated: int = 0
    #: Of those that escalated, the ones whose second answer failed as well.
    failed_twice: int = 0
    #: The requests' whole cost, escalations included.
    request_cost: Decimal = ZERO


@dataclass(slots=True)
class ArmSums(AnswerSums):
    """One arm of the canary, with the squares that intervals need."""

    requests: int = 0
    answered: int = 0
    cost: Decimal = ZERO
    #: Requests with no attempt of unknown cost. The cost per request is taken over these.
    priced: int = 0
    priced_cost: Decimal = ZERO
    priced_squares: Decimal = ZERO
    #: Answered requests, from start to end, in milliseconds.
    timed: int = 0
    milliseconds: int = 0
    milliseconds_squares: int = 0


@dataclass(slots=True)
class SessionSums(Sums):
    """The requests of one session, its client, and the tiers that answered, in alphabetical order."""

    requests: int = 0
    #: Requests with a new text of the user; the others follow with the results of tools.
    turns: int = 0
    cost: Decimal = ZERO
    unknown_bound: Decimal = ZERO
    baseline_low: Decimal = ZERO
    baseline_high: Decimal = ZERO
    client: str = ""
    tiers: str = ""

    @property
    def saved_low(self) -> Decimal:
        return minus(self.baseline_low, self.cost)

    def absorb(self, other: Self) -> None:
        self.requests += other.requests
        self.turns += other.turns
        self.cost = plus(self.cost, other.cost)
        self.unknown_bound = plus(self.unknown_bound, other.unknown_bound)
        self.baseline_low = plus(self.baseline_low, other.baseline_low)
        self.baseline_high = plus(self.baseline_high, other.baseline_high)
        self.client = max(self.client, other.client)
        if self.tiers != other.tiers:
            self.tiers = " ".join(sorted({*self.tiers.split(), *other.tiers.split()}))


@dataclass(slots=True)
class ApplicationSums(TokenSums):
    """The requests of one application that began on one tier. Tokens are those of the routed ones' first answers."""

    requests: int = 0
    cost: Decimal = ZERO
    unknown_bound: Decimal = ZERO
    baseline_low: Decimal = ZERO
    baseline_high: Decimal = ZERO
    #: Routed requests that were answered, those that escalated, first answers that were checked and that passed.
    eligible: int = 0
    escalated: int = 0
    checked: int = 0
    passed: int = 0
    client: str = ""

    def absorb(self, other: Self) -> None:
        client = max(self.client, other.client)
        Sums.absorb(self, other)
        self.client = client


@dataclass(slots=True)
class Days(Sums):
    """The first and the last day on which something was seen."""

    requests: int = 0
    first_day: str = ""
    last_day: str = ""

    def absorb(self, other: Self) -> None:
        self.requests += other.requests
        self.first_day = min(filter(None, (self.first_day, other.first_day)), default="")
        self.last_day = max(self.last_day, other.last_day)
