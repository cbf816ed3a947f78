"""The figures of one request, and how they are added to each sum."""

from model_router.domain.spend.amounts import ZERO, plus, times
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts
from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.sums import (
    ApplicationSums,
    ArmSums,
    FirstAnswerSums,
    Overall,
    QualitySums,
    RequestSums,
    SessionSums,
)


class RequestFigures:
    """Computed once for all the sums that the request counts towards."""

    __slots__ = (
        "answers", "attempts", "baseline_high", "baseline_low", "bound", "cost", "escalated",
        "escalation_cost", "request", "served", "unknown", "wasted",
    )  # fmt: skip

    def __init__(self, request: RequestFacts) -> None:
        self.request = request
        self.attempts = request.attempts
        self.cost = self.bound = ZERO
        self.unknown = 0
        for attempt in self.attempts:
            self.cost = plus(self.cost, attempt.cost)
            if attempt.unknown:
                self.unknown += 1
                self.bound = plus(self.bound, attempt.bound)
        self.answers = [attempt for attempt in self.attempts if attempt.answered]
        self.served = self.answers[-1] if self.answers else None
        self.baseline_low, self.baseline_high = request.baseline_low, request.baseline_high
        if request.arm != "routed":
            # Control and pinned requests save nothing. Unsettled ones have no baseline on record yet.
            self.baseline_low = self.baseline_high = self.cost
        self.escalated = False
        self.escalation_cost = self.wasted = ZERO
        if len(self.attempts) > 1:
            self._find_escalations()

    def add_request(self, sums: RequestSums) -> None:
        sums.requests += 1
        sums.answered += self.served is not None
        sums.calls += len(self.attempts)
        sums.cost = plus(sums.cost, self.cost)
        if self.bound:
            sums.unknown_bound = plus(sums.unknown_bound, self.bound)
        sums.baseline_low = plus(sums.baseline_low, self.baseline_low)
        sums.baseline_high = plus(sums.baseline_high, self.baseline_high)
        sums.escalated += self.escalated
        for attempt in self.attempts:
            sums.add_tokens(attempt)

    def add_session(self, sums: SessionSums) -> None:
        own = SessionSums(1, int(self.request.opens_turn), self.cost, self.bound, self.baseline_low, self.baseline_high)
        own.client, own.tiers = self.request.client, self.request.tier
        sums.absorb(own)

    def add_application(self, tiers: Groups[ApplicationSums]) -> None:
        sums = tiers[self.answers[0].tier if self.answers else self.request.tier]
        sums.requests += 1
        sums.cost = plus(sums.cost, self.cost)
        sums.unknown_bound = plus(sums.unknown_bound, self.bound)
        sums.baseline_low = plus(sums.baseline_low, self.baseline_low)
        sums.baseline_high = plus(sums.baseline_high, self.baseline_high)
        sums.client = max(sums.client, self.request.client)
        if self.request.arm == "routed" and self.answers:
            first = self.answers[0]
            sums.eligible += 1
            sums.escalated += self.escalated
            sums.checked += first.checked
            sums.passed += first.checked and first.passed
            sums.add_tokens(first)

    def add_overall(self, overall: Overall) -> None:
        request = self.request
        overall.simulated += request.simulated
        overall.milliseconds += request.latency_ms or 0
        if request.latency_ms is not None:
            overall.request_latency.add(request.latency_ms)
        if request.overhead_ms is not None:
            overall.overhead.add(request.overhead_ms)
        if request.status == "settled":
            overall.unknown_calls += self.unknown
            overall.unknown_bound = plus(overall.unknown_bound, self.bound)
        else:
            overall.open += request.status == "open"
            overall.abandoned += request.status == "abandoned"
            overall.unsettled_calls += self.unknown
            overall.unsettled_cost = plus(overall.unsettled_cost, self.cost)
            overall.unsettled_bound = plus(overall.unsettled_bound, self.bound)
        overall.escalation_cost = plus(overall.escalation_cost, self.escalation_cost)
        overall.wasted = plus(overall.wasted, self.wasted)
        self._add_attempts(overall)

    def add_arm(self, arm: ArmSums) -> None:
        request = self.request
        arm.requests += 1
        arm.cost = plus(arm.cost, self.cost)
        if not self.unknown and request.status == "settled":
            arm.priced += 1
            arm.priced_cost = plus(arm.priced_cost, self.cost)
            arm.priced_squares = plus(arm.priced_squares, times(self.cost, self.cost))
        arm.add_feedback(request.feedback)
        if self.served is None:
            return
        arm.answered += 1
        arm.add_answer(self.served)
        if request.latency_ms is not None:
            arm.timed += 1
            arm.milliseconds += request.latency_ms
            arm.milliseconds_squares += request.latency_ms**2

    def add_quality(self, quality: QualitySums, served: AttemptFacts) -> None:
        first = self.answers[0]
        quality.eligible += 1
        quality.escalated += self.escalated
        quality.escalation_cost = plus(quality.escalation_cost, self.escalation_cost)
        quality.wasted = plus(quality.wasted, self.wasted)
        quality.checked += first.checked
        quality.passed += first.checked and first.passed
        quality.add_answer(served)
        quality.add_feedback(self.request.feedback)

    def add_first_answer(self, sums: FirstAnswerSums) -> None:
        first = self.answers[0]
        sums.requests += 1
        sums.cost = plus(sums.cost, first.cost)
        sums.request_cost = plus(sums.request_cost, self.cost)
        sums.checked += first.checked
        sums.passed += first.checked and first.passed
        sums.escalated += self.escalated
        if self.escalated and len(self.answers) > 1:
            sums.failed_twice += self.answers[1].checked and not self.answers[1].passed
        sums.add_tokens(first)

    def _find_escalations(self) -> None:
        """An attempt after an answered one is an escalation; every answer but the last was wasted."""
        for before, attempt in zip(self.attempts, self.attempts[1:], strict=False):
            if before.answered:
                self.escalated = True
                self.escalation_cost = plus(self.escalation_cost, attempt.cost)
        for answer in self.answers[:-1]:
            self.wasted = plus(self.wasted, answer.cost)

    def _add_attempts(self, overall: Overall) -> None:
        """Escalations, fallbacks, failed attempts and the cache."""
        fell_back, before = False, None
        for attempt in self.attempts:
            if before is not None and before.answered:
                overall.escalation_calls += 1
            elif before is not None:
                fell_back = True
                overall.fallback_calls += 1
                overall.fallback_cost = plus(overall.fallback_cost, attempt.cost)
            if attempt.error is not None:
                overall.failed_calls += 1
                overall.failed_cost = plus(overall.failed_cost, attempt.cost)
                overall.failed_bound = plus(overall.failed_bound, attempt.bound)
            if attempt.cache_saving is None:
                overall.cache_unpriced_calls += 1
            elif attempt.cache_saving:
                overall.cache_saving = plus(overall.cache_saving, attempt.cache_saving)
            before = attempt
        overall.fallback_requests += fell_back
