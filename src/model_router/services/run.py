"""A request on its way through its attempts: what was decided, what was tried, what it has come to."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from model_router.domain.answers.call_failures import error_for
from model_router.domain.answers.result import Routed
from model_router.domain.errors import InternalError, RouterError
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.escalation import Standing, Step, after_failed_call, after_failed_check
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Verdict
from model_router.services.attempts import Outcome


@dataclass(slots=True)
class Run:
    """Changes with every attempt. Times are the monotonic clock's, in seconds; `now` is when the request came."""

    policy: Policy
    request: RouteRequest
    decision: Decision
    record: LedgerRecord
    now: datetime
    started: float
    ends: float
    escalations: int = 0
    fallbacks: int = 0
    #: The last attempt that brought an answer, and the last of all.
    answered: Outcome | None = None
    last: Outcome | None = None
    steps: list[str] = field(default_factory=list)
    adaptations: list[str] = field(default_factory=list)
    verdicts: dict[str, tuple[Verdict, ...]] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Takes in how an attempt ended."""
        simulated = self.record.simulated or outcome.simulated
        self.record = replace(self.record.with_attempt(outcome.attempt), simulated=simulated)
        self.adaptations += [change for change in outcome.adaptations if change not in self.adaptations]
        self.verdicts[outcome.attempt.id] = outcome.judgement.verdicts
        self.last = outcome
        if outcome.message is not None:
            self.answered = outcome

    def next_step(self, outcome: Outcome, at: float) -> Step:
        """Where to go after an attempt that ended at the monotonic time `at`."""
        standing = self._standing(outcome, at)
        if outcome.failure is not None:
            step = after_failed_call(self.policy, standing, outcome.failure.kind)
            self.fallbacks += step.tier is not None
            what, move = f"the call of {standing.tier} failed", "fell back"
        elif outcome.judgement.failed:
            step = after_failed_check(self.policy, standing)
            self.escalations += step.tier is not None
            what, move = f"a check of {standing.tier}'s answer failed", "escalated"
        else:
            return Step(None, "answered")
        went = f"{move} to {step.tier}" if step.tier else f"nothing further was tried ({step.why})"
        self.steps.append(f"{what}: {went}")
        return step

    def settle(self, at: float) -> LedgerRecord:
        """The record with everything that is known at the end."""
        total_ms = round((at - self.started) * 1000)
        waited_ms = sum(attempt.latency_ms or 0 for attempt in self.record.attempts)
        served = self._served_attempt()
        low, high = self._baseline(served)
        self.record = replace(
            self.record,
            status="settled",
            tier=served.tier,
            model=served.model,
            baseline_cost_usd=low,
            baseline_cost_high_usd=high,
            latency_ms=total_ms,
            overhead_ms=max(0, total_ms - waited_ms),
        )
        return self.record

    def routed(self) -> Routed:
        """What the caller gets; raises the last failure's error where no attempt brought an answer."""
        best = self.answered
        if best is None or best.message is None:
            raise self._error()
        attempts = self.record.attempts
        return Routed(
            request_id=self.record.request_id,
            model=best.attempt.model,
            tier=best.attempt.tier,
            task=self.decision.task,
            message=best.message,
            input_tokens=sum(attempt.usage.input_tokens for attempt in attempts),
            output_tokens=sum(attempt.usage.output_tokens for attempt in attempts),
            cost_usd=self.record.cost_usd,
            baseline_cost_usd=self.record.baseline_cost_usd,
            was_escalated=self.escalations > 0,
            validated=best.judgement.validated,
            attempts=attempts,
            reason="; ".join([self.decision.reason, *self.steps]),
            adaptations=self.adaptations,
            verdicts=self.verdicts,
            headers=best.headers,
        )

    def _standing(self, outcome: Outcome, at: float) -> Standing:
        return Standing(
            tier=outcome.attempt.tier,
            routed=self.decision.arm == "routed",
            may_fall_back=self.decision.arm != "pinned",
            escalations=self.escalations,
            fallbacks=self.fallbacks,
            seconds_left=self.ends - at,
            last_attempt_seconds=(outcome.attempt.latency_ms or 0) / 1000,
            max_tier=self.request.max_tier,
        )

    def _served_attempt(self) -> Attempt:
        served = self.answered or self.last
        if served is None:
            raise InternalError("a request was settled before its first attempt")
        return served.attempt

    def _baseline(self, served: Attempt) -> tuple[Decimal, Decimal]:
        if self.decision.arm != "routed":
            # Nothing was saved: they went where they would have gone.
            return self.record.cost_usd, self.record.cost_usd
        if served.cost_state != "known":
            return ZERO, ZERO
        baseline = self.policy.rules.baseline_for(self.decision.task, self.request.client)
        model = self.policy.rules.model_of(baseline)
        return baseline_cost(self.policy.catalog, served.model, model, served.usage, self.now)

    def _error(self) -> RouterError:
        if self.last is None or self.last.failure is None:
            raise InternalError("a request ended without an answer and without a failure")
        error = error_for(self.last.failure)
        error.may_be_billed = any(attempt.cost_state != "free" for attempt in self.record.attempts)
        return error
