"""What reconciliation needs of the outside world."""

from collections.abc import Callable
from datetime import date
from typing import Protocol

from model_router.domain.reconciliation.sides import BilledCall, LedgerSide, Side


class LedgerCalls(Protocol):
    def read(self, day: date, add: Callable[[LedgerSide, BilledCall], None]) -> LedgerSide:
        """The ledger's side of a day (UTC), each attempt counted in by `add`. Raises SpendUnavailable."""


class AdminApiFailed(Exception):
    """Anthropic's Admin API gave no report; the text says why and what to do."""


class AdminReports(Protocol):
    def side(self, day: date) -> Side:
        """What Anthropic sold on a day (UTC). Raises AdminApiFailed."""
