"""Answers a request: decide, call, check, escalate or fall back, settle. DESIGN, section 3.

decide ─▶ attempt ─▶ answered and good ────────────▶ settle, answer
            │  ▲     a check failed: one tier up ─┐
            │  └── the call failed: another tier ─┤
            │      or, after a pause, the same    │
            │                                     ▼
            └───────── nowhere to go: settle, answer with the best there is, or raise
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from model_router.domain.answers.call_failures import failed_call
from model_router.domain.answers.result import Routed
from model_router.domain.errors import BudgetExceeded, DeadlineExceeded, RouterError
from model_router.domain.ids import attempt_id, new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.ports import Claude, Clock, Telemetry
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import Target, adapt
from model_router.domain.routing.breaker import Breaker
from model_router.domain.routing.decision import Decision, decide, takes
from model_router.domain.routing.fallback import FailedCall
from model_router.domain.routing.policy import Policy
from model_router.services.attempts import AttemptRunner, Outcome, Plan
from model_router.services.bookkeeping import Bookkeeping
from model_router.services.budgeting import Admission, Budgeting, Wish
from model_router.services.custom_checks import CustomChecks
from model_router.services.relay import Relay, Sink
from model_router.services.rules_source import RulesSource
from model_router.services.run import Run

# A record that is still open this long after its request's deadline belongs to a process that died.
_GRACE = timedelta(seconds=60)
# What a dry run takes an answer to be, where nothing better is known: a share of max_tokens.
_EXPECTED_OUTPUT_SHARE = 4


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that was given its id when it was accepted, and the attempts that earlier runs of it made."""

    request_id: str
    attempts: tuple[Attempt, ...] = ()


class RouteRequestService:
    """The main job. One instance serves many requests, one after the other."""

    def __init__(  # noqa: PLR0913 - what it works with, put together in one place
        self,
        rules: RulesSource,
        claude: Claude,
        books: Bookkeeping,
        telemetry: Telemetry,
        clock: Clock,
        randomness: Callable[[int], bytes] = os.urandom,
        *,
        budgeting: Budgeting | None = None,
        checks: CustomChecks | None = None,
    ) -> None:
        self._rules = rules
        self._claude = claude
        self._books = books
        self._telemetry = telemetry
        self._clock = clock
        self._randomness = randomness
        self._budgeting = budgeting
        self._checks = checks
        self._breaker = Breaker()

    def route(
        self, request: RouteRequest, seconds: float, sink: Sink | None = None, accepted: Accepted | None = None
    ) -> Routed:
        """Answers a request within `seconds`. Raises a RouterError that names the request's id.

        With a `sink` the answer's events go there, as they come or once the answer is checked. What was `accepted`
        before goes on where it was left: further attempts are added to its record.
        """
        started = self._clock.monotonic()
        now = self._clock.now()
        request_id = accepted.request_id if accepted is not None else new_request_id(now, self._randomness(10))
        earlier = accepted.attempts if accepted is not None else ()
        try:
            policy = self._rules.current()
            decision = decide(policy, request)
            if request.dry_run:
                return _planned(policy, request, decision, request_id, now)
            record = _opening_record(policy, request, decision, request_id, now + timedelta(seconds=seconds))
            record = replace(record, attempts=earlier)
            run = Run(policy, request, decision, record, now, started, started + seconds, earlier=len(earlier))
            return self._answer(run, sink)
        except RouterError as error:
            error.request_id = request_id
            raise

    def _answer(self, run: Run, sink: Sink | None) -> Routed:
        task = run.decision.task
        ready = partial(self._checks.tied, task=task, ends=run.ends) if self._checks is not None else tuple
        runner = AttemptRunner(self._claude, self._clock, run.policy, run.request, task, ready)
        if sink is not None:
            run.relay = Relay(sink, checked=runner.checks(routed=run.decision.arm == "routed"))
        try:
            self._make_attempts(runner, run)
            record = run.settle(self._clock.monotonic())
        except BaseException:
            # Whatever it is, what was sent may be billed, and is on record with what is known of it.
            if (cut_short := run.cut_short(runner.known(), self._clock.monotonic())) is not None:
                self._books.settle(cut_short)
            raise
        self._books.settle(record)
        if self._budgeting is not None:
            self._budgeting.finish()
        self._report(run.news())
        return run.answer()

    def _report(self, record: LedgerRecord) -> None:
        try:
            self._telemetry.request_settled(record)
        except Exception as error:  # noqa: BLE001 - no metric is worth an answer that is paid for
            self._telemetry.event("Bugs", error=type(error).__name__, request_id=record.request_id)

    def _make_attempts(self, runner: AttemptRunner, run: Run) -> None:
        run.shut = self._breaker.shut(run.policy, self._clock.now())
        tier = run.first_tier(self._clock.monotonic())
        # A pinned request names its model; any other gets its tier's.
        model = run.decision.model if tier == run.decision.tier else run.policy.rules.model_of(tier)
        while True:
            try:
                outcome = self._attempt(runner, run, tier, model)
            except (BudgetExceeded, DeadlineExceeded) as error:
                if run.last is None:
                    raise
                run.take_back(error.message)
                break
            run.add(outcome)
            failed = self._heard(run, outcome)
            if run.relay is not None and run.relay.begun:
                break  # the caller has part of this answer: there can be no other
            step = run.next_step(outcome, self._clock.monotonic(), failed)
            if step.tier is None:
                break
            if step.wait_seconds:
                self._clock.sleep(step.wait_seconds)
            tier, model = step.tier, run.policy.rules.model_of(step.tier)

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

    def _attempt(self, runner: AttemptRunner, run: Run, tier: str, model: str) -> Outcome:
        left = run.ends - self._clock.monotonic()
        if left <= 0:
            raise DeadlineExceeded(
                "The time for this request was over before Claude could be called. Send it as a job: POST /v1/jobs."
            )
        number = len(run.record.attempts) + 1
        adapted = run.decision.arm != "pinned"
        plan = Plan(attempt_id(run.record.request_id, number), tier, model, adapted, left, run.own_thinking_from(tier))
        admission = self._admitted(runner, run, plan)
        plan, intent = admission.plan, admission.intent
        run.record = run.record.with_attempt(intent)
        acknowledged = self._books.begin_attempt(run.record)
        outcome = runner.run(plan, intent, acknowledged, run.listener(plan))
        if self._budgeting is not None:
            self._budgeting.settle(admission, outcome.attempt)
        return outcome

    def _admitted(self, runner: AttemptRunner, run: Run, plan: Plan) -> Admission:
        """The attempt as the budgets let it be made."""
        if self._budgeting is None:
            return Admission(plan, runner.intent(plan, run.now))
        wish = Wish(
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


def _opening_record(
    policy: Policy, request: RouteRequest, decision: Decision, request_id: str, deadline: datetime
) -> LedgerRecord:
    return LedgerRecord(
        request_id=request_id,
        client=request.client,
        task=decision.task,
        rule=decision.rule,
        rules_version=policy.rules.version,
        arm=decision.arm,
        proposed_tier=decision.proposed_tier,
        tier=decision.tier,
        model=decision.model,
        open_until=deadline + _GRACE,
        tags=request.tags,
    )


def _planned(policy: Policy, request: RouteRequest, decision: Decision, request_id: str, now: datetime) -> Routed:
    """What a dry run answers: the decision, and an estimate of what it would cost."""
    output = max(1, request.max_tokens // _EXPECTED_OUTPUT_SHARE)
    usage = Usage(input_tokens=decision.input_tokens, output_tokens=output)
    baseline = policy.rules.model_of(policy.rules.baseline_for(decision.task, request.client))
    pinned = decision.arm == "pinned"
    spent = cost(policy.catalog, decision.model, usage, now)
    low, _ = (spent, spent) if pinned else baseline_cost(policy.catalog, decision.model, baseline, usage, now)
    card = policy.catalog.card(decision.model)
    target = Target(decision.model, card, request.api_version, decision.own_thinking_from)
    adaptations = () if pinned else adapt(request.body, target).adaptations
    return Routed(
        request_id=request_id,
        model=decision.model,
        tier=decision.tier,
        task=decision.task,
        message=None,
        input_tokens=decision.input_tokens,
        output_tokens=output,
        cost_usd=spent,
        baseline_cost_usd=low,
        was_escalated=False,
        validated=None,
        attempts=(),
        reason=f"dry run, with {output} output tokens assumed: {decision.reason}",
        adaptations=adaptations,
        verdicts={},
        headers={},
    )
