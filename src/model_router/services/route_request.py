"""Answers a request: decide, make its attempts, settle, tell. See docs/architecture.md.

decide ─▶ dry run? ─▶ the plan and its estimate
   │
   ▼
attempts: call, check, escalate or fall back ─▶ the best answer there is, or an error ─▶ settle the record, emit metrics

The record is settled after the answer where that can be: a caller waits for the intent alone. Where checking or sending
the answer takes its time, what its attempts cost is written meanwhile: a process that dies then leaves an open record
whose costs are known.

`request_path` holds a module for each of these.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from model_router.domain.answers.result import Routed
from model_router.domain.calls.ports import Claude
from model_router.domain.errors import RouterError
from model_router.domain.ids import ATTEMPTS_A_RUN, new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.services.budgets.admission import BudgetAdmission
from model_router.services.request_path.attempt import AttemptRunner
from model_router.services.request_path.attempts import Attempts
from model_router.services.request_path.custom_checks import CustomChecks
from model_router.services.request_path.dry_run import planned
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.request_path.relay import Relay, Sink
from model_router.services.request_path.response import answer
from model_router.services.request_path.run import Run
from model_router.services.request_path.settlement import cut_short, opening_record, settle
from model_router.services.rules_source import RulesSource

Work = Callable[[], None]


def at_once(work: Work) -> None:
    """For where nothing can be done after the answer."""
    work()


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that was given its id when it was accepted, and the attempts that earlier runs of it made.

    `runs`: how many earlier ones there may have been. Some of their attempts may not be in the ledger yet.
    """

    request_id: str
    attempts: tuple[Attempt, ...] = ()
    runs: int = 0


class RouteRequestService:
    """The main job. One instance serves many requests, one after the other."""

    def __init__(  # noqa: PLR0913 - what it works with, put together in one place
        self,
        rules: RulesSource,
        claude: Claude,
        books: LedgerWriter,
        telemetry: Telemetry,
        clock: Clock,
        randomness: Callable[[int], bytes] = os.urandom,
        *,
        budgeting: BudgetAdmission | None = None,
        checks: CustomChecks | None = None,
        after_answer: Callable[[Work], None] = at_once,
    ) -> None:
        """`after_answer` does work once the answer is out, and before the process may be frozen."""
        self._rules = rules
        self._claude = claude
        self._books = books
        self._telemetry = telemetry
        self._clock = clock
        self._randomness = randomness
        self._budgeting = budgeting
        self._checks = checks
        self._after_answer = after_answer
        self._attempts = Attempts(books, telemetry, clock, randomness, budgeting)

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
                return planned(policy, request, decision, request_id, now)
            record = opening_record(policy, request, decision, request_id, now + timedelta(seconds=seconds), earlier)
            run = Run(policy, request, decision, record, now, started, started + seconds, earlier=len(earlier))
            run.numbers_after = ATTEMPTS_A_RUN * accepted.runs if accepted is not None else 0
            # A job's record is read again when its queue delivers it again: it is settled first.
            return self._answer(run, sink, self._after_answer if accepted is None else at_once)
        except RouterError as error:
            error.request_id = request_id
            raise

    def _answer(self, run: Run, sink: Sink | None, after_answer: Callable[[Work], None]) -> Routed:
        task = run.decision.task
        ready = partial(self._checks.tied, task=task, ends=run.ends) if self._checks is not None else tuple
        runner = AttemptRunner(self._claude, self._clock, run.policy, run.request, task, ready)
        if sink is not None:
            run.relay = Relay(sink, checked=runner.checks(routed=run.decision.arm == "routed"))
        try:
            self._attempts.make(runner, run)
            record = settle(run, self._clock.monotonic())
        except BaseException:
            # Whatever it is, what was sent may be billed, and is on record with what is known of it.
            if (known := cut_short(run, runner.known(), self._clock.monotonic())) is not None:
                after_answer(partial(self._settle_cut_short, run, known))
            self._finish_budgets()
            raise
        after_answer(partial(self._close, run, record, run.made))
        self._finish_budgets()
        return answer(run)

    def _finish_budgets(self) -> None:
        if self._budgeting is not None:
            self._budgeting.finish()

    def _settle_cut_short(self, run: Run, record: LedgerRecord) -> None:
        run.outcome_superseded()
        self._books.settle(record)

    def _close(self, run: Run, record: LedgerRecord, made: tuple[Attempt, ...]) -> None:
        """Settles the record; metrics are made while DynamoDB writes. Earlier runs' attempts were reported then."""
        run.outcome_superseded()
        safe = self._books.begin_settlement(record)
        self._report(replace(record, attempts=made))
        safe()

    def _report(self, record: LedgerRecord) -> None:
        try:
            self._telemetry.request_settled(record)
        except Exception as error:  # noqa: BLE001 - no metric is worth an answer that is paid for
            self._telemetry.event("Bugs", error=type(error).__name__, request_id=record.request_id)
