"""What is written into a budget's counters: one conditional step, recognised when it comes again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """Adds `deltas` (USD, by counter) to the item `key`, all or none.

    It is refused where a counter of `ceilings` would then be above its ceiling. `mark` names an attribute that is set
    to `mark_value` with it: an entry that finds its mark there, with its value, was made before and is not repeated.
    """

    key: str
    mark: str
    mark_value: str
    deltas: Mapping[str, Decimal]
    ceilings: Mapping[str, Decimal]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount (USD) that an attempt holds in the item `key`, on each of `counters`, until it is settled."""

    key: str
    mark: str
    amount: Decimal
    counters: tuple[str, ...]
