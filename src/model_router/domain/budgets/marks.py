"""Marks make holds and settlements commute; this module defines how long a mark stays in its item.

    absent ── hold ──▶ held ── settlement ──▶ gone (the hold was sent once), else closed
       └───── settlement that arrives before its hold ──────────────────────▶ closed

A closed mark refuses a late hold and a repeated settlement. It is swept after a minute, and the sweep moves the item's
fence: an item refuses holds and first settlements that are older than its fence. A hold whose attempt never settled
(its process died) is swept after an hour; its amount stays counted, since the call may have been billed.
"""

from model_router.domain.budgets.entry import FENCE, Hold, Item

HELD_MS = 3_600_000
"""An older hold belongs to a process that died, since no function runs longer than 15 minutes."""
CLOSED_MS = 60_000
"""How long a closed mark stays. Writes are abandoned long before."""
SWEPT_AT_ONCE = 100
"""The largest number of marks that one sweep removes."""
_FEW = 20
_LONG_MS = 600_000


def closed(at: int) -> str:
    """The mark of an attempt that was settled at `at` (Unix milliseconds)."""
    return f"closed {at}"


def fence(item: Item) -> int:
    return int(item.get(FENCE, 0))


def too_late(hold: Hold, at: int) -> bool:
    """Whether the hold may have been swept, with its whole amount counted, before a settlement at `at`."""
    return at >= hold.at + HELD_MS


def sweepable(item: Item, now: int) -> tuple[int, tuple[str, ...]]:
    """The fence that a sweep sets and the marks that it removes: none while they are few and recent."""
    limit = now - CLOSED_MS
    ended = {name: ends for name, value in item.items() if (ends := _ends(value)) is not None and ends <= limit}
    if not ended or (len(ended) < _FEW and min(ended.values()) > limit - _LONG_MS):
        return limit, ()
    return limit, tuple(sorted(ended, key=lambda name: (ended[name], name))[:SWEPT_AT_ONCE])


def _ends(value: object) -> int | None:
    """When a mark no longer matters, or None if the value is no mark."""
    kind, _, rest = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if kind == "closed":
        return int(rest)
    return int(rest.partition(" ")[0]) + HELD_MS if kind == "held" else None
