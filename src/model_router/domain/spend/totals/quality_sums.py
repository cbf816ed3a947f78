"""What answers are judged by: sums of a task, of a task's first answers on a tier, and of an arm of the canary."""

from dataclasses import dataclass
from decimal import Decimal

from model_router.domain.spend.amounts import ZERO, plus, times
from model_router.domain.spend.totals.facts import RequestFacts
from model_router.domain.spend.totals.sums import Sums


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
class FirstAnswerSums(Sums):
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
