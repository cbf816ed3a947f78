"""Replaces what an attempt held by what it spent, whichever of the two writes arrives first."""

from collections.abc import Callable
from decimal import Decimal

from model_router.domain.budgets.entry import FENCE, Answer, Entry, Hold, Item
from model_router.domain.budgets.marks import closed, sweepable, too_late
from model_router.domain.budgets.ports import Budgets

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
