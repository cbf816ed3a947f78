"""What a request comes to, and what of it goes into which sum."""

from model_router.domain.spend.amounts import ZERO, plus
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts
from model_router.domain.spend.totals.quality_sums import ArmSums, FirstAnswerSums, QualitySums
from model_router.domain.spend.totals.sums import add_tokens
from model_router.domain.spend.totals.traffic_sums import Overall, RequestSums


class RequestFigures:
    """Worked out once for all the sums that the request counts towards."""

    __slots__ = (
        "answers", "baseline_high", "baseline_low", "bound", "calls", "cost", "escalated",
        "escalation_cost", "request", "served", "unknown", "wasted",
    )  # fmt: skip

    def __init__(self, request: RequestFacts) -> None:
        self.request = request
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

    def add_request(self, sums: RequestSums) -> None:
        """The request with all that was spent on it."""
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
            add_tokens(sums, call)

    def add_overall(self, overall: Overall) -> None:
        """What is told of the whole traffic alone."""
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
        self._add_further_calls(overall)

    def add_arm(self, arm: ArmSums) -> None:
        """One request more of an arm of the canary."""
        request = self.request
        arm.add(request, self.cost, priced=not self.unknown and request.status == "settled")
        arm.baseline_low = plus(arm.baseline_low, self.baseline_low)
        arm.baseline_high = plus(arm.baseline_high, self.baseline_high)
        if self.served is None:
            return
        arm.answered += 1
        arm.served_checked += self.served.checked
        arm.served_passed += self.served.checked and self.served.passed
        if request.latency_ms is not None:
            arm.timed += 1
            arm.milliseconds += request.latency_ms
            arm.milliseconds_squares += request.latency_ms**2

    def add_quality(self, quality: QualitySums, served: AttemptFacts) -> None:
        """How good the answer was that was served, and the first one."""
        first = self.answers[0]
        quality.eligible += 1
        quality.escalated += self.escalated
        quality.escalation_cost = plus(quality.escalation_cost, self.escalation_cost)
        quality.wasted = plus(quality.wasted, self.wasted)
        quality.checked += first.checked
        quality.passed += first.checked and first.passed
        quality.served_checked += served.checked
        quality.served_passed += served.checked and served.passed
        if self.request.feedback is not None:
            quality.add_feedback(self.request.feedback)

    def add_first_answer(self, sums: FirstAnswerSums) -> None:
        """The first answer, and what became of it."""
        first = self.answers[0]
        sums.requests += 1
        sums.cost = plus(sums.cost, first.cost)
        sums.request_cost = plus(sums.request_cost, self.cost)
        sums.checked += first.checked
        sums.passed += first.checked and first.passed
        sums.escalated += self.escalated
        if self.escalated and len(self.answers) > 1:
            sums.failed_twice += self.answers[1].checked and not self.answers[1].passed
        add_tokens(sums, first)

    def _judge_further_calls(self) -> None:
        """A call after one that was answered is an escalation; an answer that was not the last one was wasted."""
        for before, call in zip(self.calls, self.calls[1:], strict=False):
            if before.answered:
                self.escalated = True
                self.escalation_cost = plus(self.escalation_cost, call.cost)
        for answer in self.answers[:-1]:
            self.wasted = plus(self.wasted, answer.cost)

    def _add_further_calls(self, overall: Overall) -> None:
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
