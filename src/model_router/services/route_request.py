"""Answers a request: decide, make attempts, settle, respond. See docs/architecture.md.

decide ─▶ dry run? ─▶ the decision and an estimate
   │
   ▼
attempts: call, check, escalate or fall back ─▶ the best answer, or an error ─▶ settle the record, emit metrics

The record is settled after the answer where the runtime allows it: a caller waits for the intent alone. While an answer
is checked or sent, its attempts' cost is written: a process that then dies leaves an open record with known costs.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from model_router.domain.answers.result import Routed
from model_router.domain.calls.ports import Claude
from model_router.domain.errors import RouterError
from model_router.domain.ids import new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.thread_ids import resumed
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.policy import Policy
from model_router.services.budgets.admission import BudgetAdmission
from model_router.services.request_path.answer_checks import CustomChecks
from model_router.services.request_path.attempt import AttemptRunner
from model_router.services.request_path.attempts import Attempts
from model_router.services.request_path.dry_run import planned
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.request_path.relay import Sink
from model_router.services.request_path.response import answer
from model_router.services.request_path.run import Accepted, Run
from model_router.services.request_path.settlement import interrupted_record, settled_record
from model_router.services.rules_source import RulesSource

Work = Callable[[], None]


def run_now(work: Work) -> None:
    """For where nothing can be done after the answer."""
    work()


class RouteRequestService:
    """One instance serves many requests, one after the other."""

    def __init__(  # noqa: PLR0913 - everything that a request needs
        self,
        rules: RulesSource,
        claude: Claude,
        ledger: LedgerWriter,
        telemetry: Telemetry,
        clock: Clock,
        randomness: Callable[[int], bytes] = os.urandom,
        *,
        budgets: BudgetAdmission,
        checks: CustomChecks,
        after_answer: Callable[[Work], None] = run_now,
    ) -> None:
        """`after_answer` runs work once the answer is sent, and before the process may be frozen."""
        self._rules = rules
        self._claude = claude
        self._ledger = ledger
        self._telemetry = telemetry
        self._clock = clock
        self._randomness = randomness
        self._budgets = budgets
        self._checks = checks
        self._after_answer = after_answer
        self._attempts = Attempts(ledger, telemetry, clock, randomness, budgets)

    def route(
        self, request: RouteRequest, seconds: float, sink: Sink | None = None, job: Accepted | None = None
    ) -> Routed:
        """Answers a request within `seconds`. Raises a RouterError that names the request's id.

        With a `sink` the answer's events go there, as they come or once the answer is checked. The attempts of a `job`
        are added to the record that its earlier executions left.
        """
        started, now = self._clock.monotonic(), self._clock.now()
        accepted = job or Accepted(new_request_id(now, self._randomness(10)))
        # A job's record is read again when its queue delivers it again: it is settled first.
        after_answer = run_now if job else self._after_answer
        try:
            policy = self._rules.current()
            request = resumed(request, policy.ids_key)
            decision = decide(policy, request)
            request = decision.request
            if request.dry_run:
                return planned(policy, request, decision, accepted.request_id, now)
            runner = self._runner(policy, request, decision, started + seconds)
            run = Run(policy, request, decision, accepted, now, started, started + seconds)
            if sink is not None:
                run.stream_to(sink, checked=runner.checks(routed=decision.arm == "routed"))
            try:
                self._attempts.make(runner, run)
                run.close(settled_record(run, self._clock.monotonic()))
            except BaseException:
                self._settle_interrupted(runner, run, after_answer)
                raise
            return self._finish(run, after_answer)
        except RouterError as error:
            error.request_id = accepted.request_id
            raise

    def _runner(self, policy: Policy, request: RouteRequest, decision: Decision, ends: float) -> AttemptRunner:
        validators = (*policy.validators_of(decision.task, decision.application), *request.validators)
        rule = policy.rules.tasks.get(decision.task)
        escalate_on = rule.escalate_on if rule else ()
        if request.max_tokens == 0:  # only the cache is written: there is no answer to check
            validators, escalate_on = (), ()
        validators = self._checks.bind(validators, decision.task, ends)
        efforts = policy.rules.efforts_of(request, decision.task) if decision.arm == "routed" else {}
        return AttemptRunner(
            self._claude, self._clock, policy, request, decision.size, validators, escalate_on, efforts=efforts
        )

    def _settle_interrupted(self, runner: AttemptRunner, run: Run, after_answer: Callable[[Work], None]) -> None:
        """Whatever the error is, a call that was sent may be billed: its attempt is recorded."""
        record = interrupted_record(run, runner.known(), self._clock.monotonic())
        if record is not None:
            after_answer(partial(self._ledger.settle, record))
        self._budgets.finish()

    def _finish(self, run: Run, after_answer: Callable[[Work], None]) -> Routed:
        after_answer(partial(self._settle, run.record, run.made))
        self._budgets.finish()
        return answer(run)

    def _settle(self, record: LedgerRecord, made: tuple[Attempt, ...]) -> None:
        """Metrics are made while DynamoDB writes. Those of earlier executions' attempts were made then."""
        wait_until_safe = self._ledger.begin_settlement(record)
        try:
            self._telemetry.request_settled(replace(record, attempts=made))
        except Exception as error:  # noqa: BLE001 - no metric is worth an answer that is paid for
            self._telemetry.event("Bugs", error=type(error).__name__, request_id=record.request_id)
        wait_until_safe()
