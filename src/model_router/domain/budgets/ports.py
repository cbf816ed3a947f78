"""Where spend is counted."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from model_router.domain.budgets.entry import Answer, Entry, Item


class BudgetsUnavailable(Exception):
    """The budgets' counters cannot be reached just now."""


class Budgets(Protocol):
    """Items of counters and marks. Both methods raise BudgetsUnavailable; a write that raises may still take effect."""

    def write(self, entry: Entry) -> Answer:
        """Makes an entry whole, or not at all."""

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        """Those of these items (at most 100) that exist."""
