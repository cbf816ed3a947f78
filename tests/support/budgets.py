"""The `Budgets` port in memory, with DynamoDB's semantics: each step whole, conditional, recognised when repeated."""

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

from model_router.domain.budgets.entry import Entry, Hold
from model_router.domain.budgets.ports import BudgetsUnavailable

ZERO = Decimal(0)


class FakeBudgets:
    """`items`: key → counters; `marks`: key → mark → value. `broken`: every step fails, before or after its effect.

    While `flowing` is clear, every step hangs.
    """

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Decimal]] = {}
        self.marks: dict[str, dict[str, str]] = {}
        self.steps = 0
        self.broken: str | None = None
        self.flowing = threading.Event()
        self.flowing.set()
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> Mapping[str, Decimal] | None:
        self._fail("before")
        with self._lock:
            item, marks = self.items.setdefault(entry.key, {}), self.marks.setdefault(entry.key, {})
            if marks.get(entry.mark) == entry.mark_value:
                return None
            for counter, ceiling in entry.ceilings.items():
                if item.get(counter, ZERO) + entry.deltas[counter] > ceiling:
                    return dict(item)
            marks[entry.mark] = entry.mark_value
            for counter, delta in entry.deltas.items():
                item[counter] = item.get(counter, ZERO) + delta
        self._fail("after")
        return None

    def settle(self, hold: Hold, change: Decimal) -> None:
        self._fail("before")
        with self._lock:
            if self.marks.get(hold.key, {}).pop(hold.mark, None) is not None:
                for counter in hold.counters:
                    self.items[hold.key][counter] += change
        self._fail("after")

    def read(self, keys: Sequence[str], mark: str) -> tuple[Mapping[str, Mapping[str, Decimal]], str | None]:
        self._fail("before")
        marked = next((key for key in keys if mark in self.marks.get(key, {})), None)
        return {key: dict(self.items[key]) for key in keys if key in self.items}, marked

    def used(self, name: str, counter: str) -> Decimal:
        """Held and spent on an account: its own item's counter is granted, its shards' are spent − granted."""
        found = [item for key, item in self.items.items() if key.startswith(f"{name}#")]
        return sum((item.get(counter, ZERO) for item in found), ZERO)

    def granted(self, name: str, counter: str) -> Decimal:
        """Of an account's own item: held, spent and granted."""
        own = [item for key, item in self.items.items() if key.startswith(f"{name}#") and key.count("#") == 1]
        return sum((item.get(counter, ZERO) for item in own), ZERO)

    def _fail(self, when: str) -> None:
        self.flowing.wait()
        self.steps += when == "before"
        if self.broken == when:
            raise BudgetsUnavailable("UpdateItem: InternalServerError")
