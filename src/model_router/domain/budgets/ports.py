"""The port of the budgets' counters."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from model_router.domain.budgets.entry import Answer, Entry, Item


class BudgetsUnavailable(Exception):
    """The budgets' counters cannot be reached."""


class Budgets(Protocol):
    """Items of counters and marks. Both methods raise BudgetsUnavailable; a write that raises may still take effect."""

    def write(self, entry: Entry) -> Answer:
        """Applies an entry atomically."""

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        """The existing ones of at most 100 items."""
