"""Where what is spent is counted."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

from model_router.domain.budgets.entry import Entry, Hold


class BudgetsUnavailable(Exception):
    """The budgets' counters cannot be reached just now."""


class Budgets(Protocol):
    """Counters of money. Every method raises BudgetsUnavailable; a step that it hides may have been made."""

    def add(self, entry: Entry) -> Mapping[str, Decimal] | None:
        """Makes an entry, whole and once. None: it stands; else it was refused, and these are the item's counters."""

    def settle(self, hold: Hold, change: Decimal) -> None:
        """Adds `change` to the counters of a hold and takes its mark away. Without the mark nothing happens."""

    def read(self, keys: Sequence[str], mark: str) -> tuple[Mapping[str, Mapping[str, Decimal]], str | None]:
        """The counters of each of these items (at most 100) that is there, and which of them has the mark."""
