"""Answers a request: decide, call, check, escalate or fall back, settle. DESIGN, section 3.

decide ─▶ attempt ─▶ answered and good ────────────▶ settle, answer
            │  ▲     a check failed: one tier up ─┐
            │  └──── the call failed: another tier┤
            │                                     ▼
            └───────── nowhere to go: settle, answer with the best there is, or raise
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

from model_router.domain.answers.result import Routed
from model_router.domain.errors import DeadlineExceeded, RouterError
from model_router.domain.ids import attempt_id, new_request_id
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.ports import Claude, Clock, Telemetry
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.policy import Policy
from model_router.services.attempts import AttemptRunner, Outcome, Plan
from model_router.services.bookkeeping import Bookkeeping
from model_router.services.rules_source import RulesSource
from model_router.services.run import Run

# A record that is still open this long after its request's deadline belongs to a process that died.
_GRACE = timedelta(seconds=60)
# What a dry run takes an answer to be, where nothing better is known: a share of max_tokens.
_EXPECTED_OUTPUT_SHARE = 4


class RouteRequestService:
    """The main job. One instance serves many requests, one after the other."""

    def __init__(
        self,
        rules: RulesSource,
        claude: Claude,
        books: Bookkeeping,
        telemetry: Telemetry,
        clock: Clock,
        randomness: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._rules = rules
        self._claude = claude
        self._books = books
        self._telemetry = telemetry
        self._clock = clock
        self._randomness = randomness

    def route(self, request: RouteRequest, seconds: float) -> Routed:
        """Answers a request within `seconds`. Raises a RouterError that names the request's id."""
        started = self._clock.monotonic()
        now = self._clock.now()
        request_id = new_request_id(now, self._randomness(10))
        try:
            policy = self._rules.current()
            decision = decide(policy, request)
            if request.dry_run:
                return _planned(policy, request, decision, request_id, now)
            record = _opening_record(policy, request, decision, request_id, now + timedelta(seconds=seconds))
            run = Run(policy, request, decision, record, now, started, started + seconds)
            return self._answer(run)
        except RouterError as error:
            error.request_id = request_id
            raise

    def _answer(self, run: Run) -> Routed:
        runner = AttemptRunner(self._claude, self._clock, run.policy, run.request, run.decision.task)
        tier, model = run.decision.tier, run.decision.model
        while True:
            outcome = self._attempt(runner, run, tier, model)
            run.add(outcome)
            step = run.next_step(outcome, self._clock.monotonic())
            if step.tier is None:
                break
            tier, model = step.tier, run.policy.rules.model_of(step.tier)
        record = run.settle(self._clock.monotonic())
        self._books.settle(record)
        self._telemetry.request_settled(record)
        return run.routed()

    def _attempt(self, runner: AttemptRunner, run: Run, tier: str, model: str) -> Outcome:
        left = run.ends - self._clock.monotonic()
        if left <= 0:
            raise DeadlineExceeded("The time for this request was over before Claude could be called.")
        number = len(run.record.attempts) + 1
        adapted = run.decision.arm != "pinned"
        plan = Plan(attempt_id(run.record.request_id, number), tier, model, adapted, left)
        intent = runner.intent(plan, run.now)
        run.record = run.record.with_attempt(intent)
        acknowledged = self._books.begin_attempt(run.record)
        return runner.run(plan, intent, run.now, acknowledged)


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
    adaptations = () if pinned else adapt(request.body, decision.model, card).adaptations
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
