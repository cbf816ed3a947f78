"""The `Budgets` port in memory, with DynamoDB's semantics: each entry whole and conditional."""

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal

from model_router.domain.budgets.entry import FENCE, Answer, Entry, Item
from model_router.domain.budgets.ports import BudgetsUnavailable

ZERO = Decimal(0)


class FakeBudgets:
    """`items`: key → attributes. `broken`: every write fails, before or after its effect.

    While `flowing` is clear, every step hangs.
    """

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Decimal | str]] = {}
        self.steps = 0
        self.broken: str | None = None
        self.flowing = threading.Event()
        self.flowing.set()
        self._lock = threading.Lock()

    def write(self, entry: Entry) -> Answer:
        self._fail("before")
        with self._lock:
            answer = self.apply(entry)
        self._fail("after")
        return answer

    def apply(self, entry: Entry) -> Answer:
        """The entry's effect, whatever is broken."""
        item = self.items.setdefault(entry.key, {})
        if not _allowed(entry, item):
            return Answer(False, dict(item))
        item.update(entry.sets)
        for counter, delta in entry.deltas.items():
            item[counter] = Decimal(item.get(counter, ZERO)) + delta
        for name in entry.removes:
            item.pop(name, None)
        return Answer(True, dict(item) if entry.look else {})

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        self._fail("before")
        return {key: dict(self.items[key]) for key in keys if key in self.items}

    def marks(self) -> dict[str, str]:
        """Every mark of every item."""
        values = [pair for item in self.items.values() for pair in item.items()]
        return {name: str(value) for name, value in values if str(value).startswith(("held ", "closed "))}

    def used(self, name: str, counter: str) -> Decimal:
        """Held and spent on an account: its own item's counter is granted, its shards' are spent − granted."""
        return self._sum(counter, [key for key in self.items if key.startswith(f"{name}#")])

    def granted(self, name: str, counter: str) -> Decimal:
        """Of an account's own item: held, spent and granted."""
        return self._sum(counter, [key for key in self.items if key.startswith(f"{name}#") and key.count("#") == 1])

    def _sum(self, counter: str, keys: list[str]) -> Decimal:
        return sum((Decimal(self.items[key].get(counter, ZERO)) for key in keys), ZERO)

    def _fail(self, when: str) -> None:
        self.flowing.wait()
        self.steps += when == "before"
        if self.broken == when:
            raise BudgetsUnavailable("UpdateItem: InternalServerError")


def _allowed(entry: Entry, item: Item) -> bool:
    if any(item.get(name) != value for name, value in entry.expected.items()):
        return False
    if entry.after is not None and Decimal(item.get(FENCE, ZERO)) >= entry.after and FENCE in item:
        return False
    within = (
        Decimal(item.get(counter, ZERO)) + entry.deltas.get(counter, ZERO) <= ceiling
        for counter, ceiling in entry.ceilings.items()
    )
    return all(within)
