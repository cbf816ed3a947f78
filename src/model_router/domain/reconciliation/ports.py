"""What reconciliation needs from outside."""

from collections.abc import Callable
from datetime import date
from typing import Protocol

from model_router.domain.reconciliation.sides import BilledAttempt, LedgerSide, Side


class LedgerAttempts(Protocol):
    def read(self, day: date, add: Callable[[LedgerSide, BilledAttempt], None]) -> LedgerSide:
        """The ledger's side of a day (UTC), with each attempt counted by `add`. Raises SpendUnavailable."""


class AdminApiFailed(Exception):
    """Anthropic's Admin API gave no report. The message says why and what to do."""


class AdminReports(Protocol):
    def side(self, day: date) -> Side:
        """What Anthropic sold on a day (UTC). Raises AdminApiFailed."""
