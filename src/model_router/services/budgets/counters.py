"""The budgets' counters as the request path uses them: every wait is bounded, and every possible hold is settled."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial

from model_router.domain.budgets.account import Account
from model_router.domain.budgets.entry import FENCE, Answer, Entry, Hold, Item
from model_router.domain.budgets.marks import closed, sweepable, too_late
from model_router.domain.budgets.ports import Budgets, BudgetsUnavailable
from model_router.domain.money.pricing import ZERO
from model_router.domain.ports import Clock, Telemetry
from model_router.services.budgets.reservations import BudgetReservations, HoldOutcome
from model_router.services.write_threads import PendingWrite, WriteHangs, WriteRefused, WriteThreads

#: A hold may arrive between the two steps of a settlement. The first step of the next try then finds it.
_TRIES = 3


class Settlements:
    """Settles holds. Raises BudgetsUnavailable: repeat the settlement then, with the same `at`."""

    def __init__(self, budgets: Budgets, now_ms: Callable[[], int]) -> None:
        self._budgets = budgets
        self._now_ms = now_ms

    def settle(self, hold: Hold, spent: Decimal, at: int) -> bool:
        """Counts `spent` (USD) once, however often it is repeated and whenever the hold arrives, if ever.

        `at` (Unix milliseconds) is the same for each repetition. Returns False if the settlement came too late: it is
        not counted, or an earlier copy of it was, and the item no longer shows which.
        """
        at = max(at, hold.at)
        if too_late(hold, at):
            return False
        for _ in range(_TRIES):
            answer = self._of_held(hold, spent, at)
            if not answer.applied and not hold.sure and hold.mark not in answer.item:
                answer = self._before_its_hold(hold, spent, at)
            if answer.applied:
                self._sweep(hold, answer.item)
                return True
            mark = answer.item.get(hold.mark)
            if mark != hold.value:
                # Only a settlement removes the mark of a sure hold, until a sweep may.
                return mark is not None or (hold.sure and not too_late(hold, self._now_ms()))
        return False

    def _of_held(self, hold: Hold, spent: Decimal, at: int) -> Answer:
        return self._budgets.write(
            Entry(
                hold.key,
                hold.expires_at,
                deltas=hold.deltas(spent - hold.amount),
                expected={hold.mark: hold.value},
                sets={} if hold.sure else {hold.mark: closed(at)},
                removes=(hold.mark,) if hold.sure else (),
                look=True,
            )
        )

    def _before_its_hold(self, hold: Hold, spent: Decimal, at: int) -> Answer:
        return self._budgets.write(
            Entry(
                hold.key,
                hold.expires_at,
                deltas=hold.deltas(spent),
                expected={hold.mark: None},
                sets={hold.mark: closed(at)},
                after=at,
                look=True,
            )
        )

    def _sweep(self, hold: Hold, item: Item) -> None:
        """Removes marks that no longer matter. Two sweeps may remove the same mark."""
        limit, marks = sweepable(item, self._now_ms())
        if marks:
            sets = {FENCE: Decimal(limit)}
            self._budgets.write(Entry(hold.key, hold.expires_at, sets=sets, removes=marks, after=limit))


HOLD_SECONDS = 0.5
"""How long an attempt waits for each account's hold. After that the counters count as unavailable."""
SETTLE_SECONDS = 1.0
"""How long an answer waits for all its settlements together."""
_OWED = 100
"""How many failed settlements are kept, to be resent with the next one. Beyond that the oldest is dropped."""


@dataclass(frozen=True, slots=True)
class _Settlement:
    """The USD to count for a hold. `at`: when it was first sent (Unix milliseconds), or None before that."""

    hold: Hold
    spent: Decimal
    at: int | None = None


class Counters:
    """Makes and settles holds. Failures are reported and never raised."""

    def __init__(self, budgets: Budgets, telemetry: Telemetry, clock: Clock) -> None:
        self._clock = clock
        self._holds = BudgetReservations(budgets, self._now_ms)
        self._settlements = Settlements(budgets, self._now_ms)
        self._telemetry = telemetry
        self._writers = WriteThreads()
        self._settling: list[tuple[PendingWrite, _Settlement]] = []
        self._owed: deque[_Settlement] = deque()
        self._lock = threading.Lock()

    def hold(self, account: Account, attempt_id: str, amount: Decimal, *, beyond: bool) -> tuple[Hold, HoldOutcome]:
        """The planned hold, and the result after HOLD_SECONDS at most. `beyond`: even beyond the limit.

        If the store did not answer, the planned hold may exist: the caller settles it. Every other hold that may exist
        and is not the result is released.
        """
        planned = self._holds.planned(account, attempt_id, amount, beyond=beyond)
        outcome = self._in_time(account, planned, beyond=beyond)
        if outcome.unconfirmed:
            self._begin(
                _others(planned, outcome) if isinstance(outcome.result, BudgetsUnavailable) else outcome.unconfirmed,
                ZERO,
            )
        return planned, outcome

    def release(self, holds: Iterable[Hold]) -> None:
        """Releases holds, and waits for it."""
        for hold in holds:
            settlement = _Settlement(hold, ZERO)
            self._await(self._writers.start(partial(self._settle, settlement)), settlement, HOLD_SECONDS)

    def settle(self, holds: Iterable[Hold], spent: Decimal) -> None:
        """Starts to replace the held amounts by the amount spent."""
        self._begin(holds, spent)

    def finish(self) -> None:
        """Waits for the settlements that were started: the sandbox may be frozen after the answer."""
        with self._lock:
            begun, self._settling = self._settling, []
        for write, settlement in begun:
            self._await(write, settlement, SETTLE_SECONDS / len(begun))

    def _in_time(self, account: Account, planned: Hold, *, beyond: bool) -> HoldOutcome:
        """If the network hangs, the store counts as unavailable: the caller does not wait for it."""
        outcomes: list[HoldOutcome] = []
        given_up = False

        def job() -> None:
            outcome = self._holds.hold(account, planned, beyond=beyond)
            with self._lock:
                outcomes.append(outcome)
                late = given_up
            if late:
                for hold in _others(planned, outcome):
                    self._settle(_Settlement(hold, ZERO))

        try:
            self._writers.start(job).wait(HOLD_SECONDS)
        except WriteHangs as hangs:
            with self._lock:
                given_up = True
                return outcomes[0] if outcomes else HoldOutcome(BudgetsUnavailable(str(hangs)))
        return outcomes[0]

    def _begin(self, holds: Iterable[Hold], spent: Decimal) -> None:
        due = [_Settlement(hold, spent) for hold in holds]
        while due and self._owed:
            due.append(self._owed.popleft())
        with self._lock:
            self._settling += [
                (self._writers.start(partial(self._settle, settlement)), settlement) for settlement in due
            ]

    def _await(self, write: PendingWrite, settlement: _Settlement, seconds: float) -> None:
        try:
            write.wait(seconds)
        except WriteRefused as refused:
            self._owe(settlement, str(refused))
        except WriteHangs as hangs:
            self._not_settled(settlement, str(hangs))

    def _settle(self, settlement: _Settlement) -> None:
        at = settlement.at or self._now_ms()
        try:
            counted = self._settlements.settle(settlement.hold, settlement.spent, at)
        except BudgetsUnavailable as error:
            self._owe(replace(settlement, at=at), str(error))
        else:
            if not counted:
                self._not_settled(settlement, "too late: it may not be counted", usd=str(settlement.spent))

    def _owe(self, settlement: _Settlement, why: str) -> None:
        self._not_settled(settlement, why)
        with self._lock:
            self._owed.append(settlement)
            dropped = self._owed.popleft() if len(self._owed) > _OWED else None
        if dropped is not None:
            self._not_settled(dropped, f"{_OWED} newer settlements are owed", usd=str(dropped.spent))

    def _not_settled(self, settlement: _Settlement, why: str, **details: str) -> None:
        # Until it is settled its bound stays held.
        self._telemetry.event("BudgetsUnavailable", step="settle", why=why, hold=settlement.hold.mark, **details)

    def _now_ms(self) -> int:
        return int(self._clock.now().timestamp() * 1000)


def _others(planned: Hold, outcome: HoldOutcome) -> list[Hold]:
    """Every hold that may exist, except the planned one."""
    held = [outcome.result] if isinstance(outcome.result, Hold) else []
    return [hold for hold in (*held, *outcome.unconfirmed) if hold.mark != planned.mark]
