"""What is written into a budget's item: one conditional step, whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

type Item = Mapping[str, Decimal | str]
"""An item's attributes: counters in USD, the fence in milliseconds, marks and grant numbers as text."""

FENCE = "fence"
"""The time (Unix milliseconds) up to which an item takes no more holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Adds `deltas` (USD, by counter) to the item `key`, sets the attributes of `sets` and removes those of `removes`.

    It is refused, whole, where a counter of `ceilings` would then exceed its ceiling, where an attribute of `expected`
    does not have its value (None: it must be absent), or where the item's fence is not before `after`.
    `look`: the answer is to show the item as the step left it.
    """

    key: str
    expires_at: datetime
    deltas: Mapping[str, Decimal] = field(default_factory=dict)
    ceilings: Mapping[str, Decimal] = field(default_factory=dict)
    expected: Mapping[str, str | None] = field(default_factory=dict)
    sets: Mapping[str, Decimal | str] = field(default_factory=dict)
    removes: tuple[str, ...] = ()
    after: int | None = None
    look: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`item`: as it was found where the entry was refused; as it is now where the entry asked to look, else empty.

    `repeated`: the entry was sent more than once, so a copy of it may still be under way.
    """

    applied: bool
    item: Item
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount (USD) that an attempt holds in the item `key`, on each of `counters`, until it is settled.

    `at` is when it was asked for (Unix milliseconds). `sure`: it was sent once and confirmed, so no copy of it can
    arrive after its settlement.
    """

    key: str
    mark: str
    amount: Decimal
    counters: tuple[str, ...]
    at: int
    expires_at: datetime
    sure: bool = False

    @property
    def value(self) -> str:
        """What the mark says while the amount is held."""
        return f"held {self.at} {self.amount:f}"

    def elsewhere(self, key: str, number: int, at: int) -> Self:
        """The same amount asked for again: another item, another mark or another time."""
        return replace(self, key=key, mark=f"{self.mark}.{number}", at=at)

    def deltas(self, amount: Decimal) -> dict[str, Decimal]:
        return dict.fromkeys(self.counters, amount)
