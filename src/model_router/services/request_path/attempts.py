"""A request's attempts, one after the other, until there is an answer or nothing further to try.

attempt ─▶ answered, checks passed ─────▶ end
  ▲        a check failed: one tier up ─┐
  │        the call failed: another tier┤
  │        or the same, after a pause ──┤
  └─────────────────────────────────────┴▶ no tier, time or budget left: end
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from model_router.domain.calls.failures import failed_call
from model_router.domain.errors import BudgetExceeded, DeadlineExceeded
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.pricing import ZERO
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.routing.breaker import Breaker
from model_router.domain.routing.escalation import Transition, no_further_attempt
from model_router.domain.routing.fallback import FailedCall
from model_router.services.budgets.admission import AdmissionRequest, BudgetAdmission
from model_router.services.request_path.attempt import AttemptRunner, Outcome
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.request_path.run import Run
from model_router.services.request_path.transition import first_transition, next_transition


@dataclass(slots=True, eq=False)
class Attempts:
    """Makes the attempts of many requests; the breaker remembers which models failed."""

    ledger: LedgerWriter
    telemetry: Telemetry
    clock: Clock
    randomness: Callable[[int], bytes]
    budgets: BudgetAdmission
    _breaker: Breaker = field(default_factory=Breaker, init=False)

    def make(self, runner: AttemptRunner, run: Run) -> None:
        """Makes a request's attempts and records them in `run`. Raises if not even the first could be made."""
        run.avoid(self._breaker.open_tiers(run.policy, self.clock.now()))
        transition = first_transition(run, self.clock.monotonic())
        while transition.tier is not None:
            if transition.wait_seconds:
                self.clock.sleep(transition.wait_seconds)
            try:
                outcome = self._attempt(runner, run, transition)
            except (BudgetExceeded, DeadlineExceeded) as error:
                if run.last is None:
                    raise
                transition = no_further_attempt(error.message, transition.cause)
            else:
                transition = self._after(run, outcome)
        run.apply(transition)

    def _attempt(self, runner: AttemptRunner, run: Run, transition: Transition) -> Outcome:
        """Admits, counts and makes the attempt that a transition asks for."""
        seconds_left = run.ends - self.clock.monotonic()
        if seconds_left <= 0:
            raise DeadlineExceeded("The request's time was over before Claude could be called. Use POST /v1/jobs.")
        plan = run.plan(transition, seconds_left)
        first, price = run.last is None, partial(runner.intent, now=run.now)
        session = run.decision.session
        admission = self.budgets.admit(AdmissionRequest(run.policy, run.request, run.now, plan, first, price, session))
        plan, intent = admission.plan, admission.intent
        run.apply(transition)
        run.begin(plan, intent, admission.capped)
        try:
            acknowledged = self.ledger.begin_attempt(run.record)
            listener = run.listener(plan, asks_for_call=runner.asks_for_call(plan))
            outcome = runner.make(plan, intent, acknowledged, listener, partial(self._ended, run))
        except BaseException:
            # Whatever ended it, the budget counts its cost, or its bound, in place of the amount held.
            known = runner.known()
            if known is None or known.id != intent.id:
                known = replace(intent, cost_max_usd=ZERO)
            self.budgets.settle(admission, known)
            raise
        self.budgets.settle(admission, outcome.attempt)
        return outcome

    def _ended(self, run: Run, attempt: Attempt) -> None:
        """Has the attempt's cost written unless the request moves on at once."""
        self.ledger.begin_outcome(run.record.with_attempt(attempt))

    def _after(self, run: Run, outcome: Outcome) -> Transition:
        """Records how an attempt ended, and says what follows."""
        run.add(outcome)
        for validator, raised in outcome.judgement.bugs:
            self.telemetry.event("Bugs", error=raised, validator=validator, request_id=run.record.request_id)
        failed = self._failed_call(run, outcome)
        if run.relay is not None and run.relay.begun:
            return no_further_attempt()  # the caller has part of this answer: no other can replace it
        return next_transition(run, outcome, failed, self.clock.monotonic())

    def _failed_call(self, run: Run, outcome: Outcome) -> FailedCall | None:
        """How the attempt's call failed, or None if it was answered. The breaker counts it either way."""
        now, failed, rate_limited = self.clock.now(), None, frozenset[str]()
        model = outcome.attempt.model
        if outcome.failure is not None:
            jitter = self.randomness(1)[0] / 255
            at_risk = outcome.began or run.may_have_been_billed()
            failed = failed_call(outcome.failure, at_risk=at_risk, now=now, jitter=jitter)
            if failed.kind == "rate_limit":
                rate_limited = run.policy.sharing_limits_with(model)
        no_response = outcome.attempt.upstream_request_id is None
        if self._breaker.record(run.policy, model, failed, no_response, now):
            self.telemetry.event("BreakerOpened", model=model, why=failed.rule_kind if failed else None)
        run.avoid(self._breaker.open_tiers(run.policy, now), rate_limited)
        return failed
