"""A write to a budget's item: one conditional, atomic step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Self

type Item = Mapping[str, Decimal | str]
"""An item's attributes: counters in USD, the fence in milliseconds, marks and grant numbers as text."""

FENCE = "fence"
"""The time (Unix milliseconds) up to which an item refuses holds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Adds `deltas` (USD, by counter) to the item `key`, sets the attributes in `sets` and removes those in `removes`.

    It is refused and changes nothing if a counter would exceed its ceiling, if an attribute in `expected` has another
    value (None means that it must be absent), or if the item's fence is not before `after`. With `look`, the answer has
    the item after the step.
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
    """`item` is the current item if the entry was refused or asked to look, otherwise empty.

    `repeated` says that the entry was sent more than once, so that a copy may still arrive.
    """

    applied: bool
    item: Item
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount (USD) that an attempt reserves in the item `key`, on each of `counters`, until it is settled.

    `at` is the time of the request for it (Unix milliseconds). `sure` says that it was sent once and confirmed, so that
    no copy can arrive after its settlement.
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
        """The mark's value while the amount is held."""
        return f"held {self.at} {self.amount:f}"

    def elsewhere(self, key: str, number: int, at: int) -> Self:
        """A new request for the same amount, with another item, mark or time."""
        return replace(self, key=key, mark=f"{self.mark}.{number}", at=at)

    def deltas(self, amount: Decimal) -> dict[str, Decimal]:
        return dict.fromkeys(self.counters, amount)
