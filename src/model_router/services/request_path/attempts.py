"""A request's attempts, one after the other, until there is an answer to give or nowhere to go.

attempt ─▶ answered and good ───────────▶ over
  ▲        a check failed: one tier up ─┐
  │        the call failed: another ────┤
  │        or, after a pause, the same  │
  └─────────────────────────────────────┴▶ nowhere to go, or no time or budget for it: over
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from model_router.domain.calls.failures import failed_call
from model_router.domain.errors import BudgetExceeded, DeadlineExceeded
from model_router.domain.ids import attempt_id
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.pricing import ZERO
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.routing.breaker import Breaker
from model_router.domain.routing.decision import takes
from model_router.domain.routing.fallback import FailedCall
from model_router.services.budgets.admission import Admission, AdmissionRequest, BudgetAdmission
from model_router.services.request_path.attempt import AttemptRunner, Outcome, Plan
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.request_path.response import listener
from model_router.services.request_path.run import Run
from model_router.services.request_path.transition import first_tier, next_step, take_back


class Attempts:
    """Makes the attempts of many requests; the breaker remembers how earlier ones fared."""

    def __init__(
        self,
        books: LedgerWriter,
        telemetry: Telemetry,
        clock: Clock,
        randomness: Callable[[int], bytes],
        budgeting: BudgetAdmission | None,
    ) -> None:
        self._books = books
        self._telemetry = telemetry
        self._clock = clock
        self._randomness = randomness
        self._budgeting = budgeting
        self._breaker = Breaker()

    def make(self, runner: AttemptRunner, run: Run) -> None:
        """Makes them, and leaves in `run` what they came to. Raises where not even the first could be made."""
        run.shut = self._breaker.shut(run.policy, self._clock.now())
        tier = first_tier(run, self._clock.monotonic())
        # A pinned request names its model; any other gets its tier's.
        model = run.decision.model if tier == run.decision.tier else run.policy.rules.model_of(tier)
        while True:
            try:
                outcome = self._attempt(runner, run, tier, model)
            except (BudgetExceeded, DeadlineExceeded) as error:
                if run.last is None:
                    raise
                take_back(run, error.message)
                break
            run.add(outcome)
            for validator, raised in outcome.judgement.bugs:
                self._telemetry.event("Bugs", error=raised, validator=validator, request_id=run.record.request_id)
            failed = self._heard(run, outcome)
            if run.relay is not None and run.relay.begun:
                break  # the caller has part of this answer: there can be no other
            step = next_step(run, outcome, self._clock.monotonic(), failed)
            if step.tier is None:
                break
            if step.wait_seconds:
                self._clock.sleep(step.wait_seconds)
            if step.tier != tier:
                tier, model = step.tier, run.policy.rules.model_of(step.tier)

    def _attempt(self, runner: AttemptRunner, run: Run, tier: str, model: str) -> Outcome:
        left = run.ends - self._clock.monotonic()
        if left <= 0:
            raise DeadlineExceeded(
                "The time for this request was over before Claude could be called. Send it as a job: POST /v1/jobs."
            )
        number = max(run.record.last_number, run.numbers_after) + 1
        adapted = run.decision.arm != "pinned"
        plan = Plan(
            attempt_id(run.record.request_id, number), tier, model, adapted, left, run.ends, run.thinking_refused
        )
        admission = self._admitted(runner, run, plan)
        plan, intent = admission.plan, admission.intent
        run.record = run.record.with_attempt(intent)
        try:
            run.outcome_superseded()
            acknowledged = self._books.begin_attempt(run.record)
            outcome = runner.run(plan, intent, acknowledged, listener(run, plan), partial(self._ended, run))
        except BaseException:
            # Whatever it is, what the attempt held gives way to what is known of its cost.
            known = runner.known()
            if known is None or known.id != intent.id:
                known = replace(intent, cost_max_usd=ZERO)
            self._settle(admission, known)
            raise
        self._settle(admission, outcome.attempt)
        return outcome

    def _settle(self, admission: Admission, ended: Attempt) -> None:
        if self._budgeting is not None:
            self._budgeting.settle(admission, ended)

    def _ended(self, run: Run, attempt: Attempt) -> None:
        """Has the attempt's cost written unless the request moves on at once."""
        run.outcome_superseded = self._books.begin_outcome(run.record.with_attempt(attempt))

    def _admitted(self, runner: AttemptRunner, run: Run, plan: Plan) -> Admission:
        """The attempt as the budgets let it be made."""
        if self._budgeting is None:
            return Admission(plan, runner.intent(plan, run.now))
        wish = AdmissionRequest(
            policy=run.policy,
            request=run.request,
            at=run.now,
            plan=plan,
            first=run.last is None,
            price=lambda changed: runner.intent(changed, run.now),
            takes=lambda tier: takes(run.policy, run.request, tier),
        )
        admission = self._budgeting.admit(wish)
        if admission.capped is not None:
            run.move(admission.plan.tier, admission.plan.model, admission.capped)
        return admission

    def _heard(self, run: Run, outcome: Outcome) -> FailedCall | None:
        """How an attempt's call failed, once the breaker knows of it; None: it was answered."""
        now, failed = self._clock.now(), None
        if outcome.failure is not None:
            jitter = self._randomness(1)[0] / 255
            failed = failed_call(outcome.failure, at_risk=outcome.began or run.at_risk(), now=now, jitter=jitter)
        model = outcome.attempt.model
        silent = outcome.attempt.upstream_request_id is None
        if self._breaker.heard(run.policy, model, failed, silent, now):
            self._telemetry.event("BreakerOpened", model=model, why=failed.rule_kind if failed else None)
        run.shut = self._breaker.shut(run.policy, now)
        return failed
