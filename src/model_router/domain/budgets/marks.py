"""Marks: what makes holds and settlements commute, and how long a mark stays in its item.

    absent ── hold ──▶ held ── settlement ──▶ gone (the hold was sent once), else closed
       └───── settlement that comes before its hold ────────────────────────▶ closed

A closed mark turns a late hold and a repeated settlement away. It is swept after a minute, and the sweep moves the
item's fence: an item takes no hold and no first settlement that is older than its fence. A hold whose attempt never
settled (its process died) is swept after an hour; its amount stays counted, since the call may have been billed.
"""

from model_router.domain.budgets.entry import FENCE, Hold, Item

HELD_MS = 3_600_000
"""A hold that is older than this belongs to a process that died: no function runs longer than 15 minutes."""
CLOSED_MS = 60_000
"""How long a closed mark stays: a write that is still under way then was given up long ago."""
SWEPT_AT_ONCE = 100
"""Marks that one sweep removes at most."""
_FEW = 20
_LONG_MS = 600_000


def closed(at: int) -> str:
    """The mark of an attempt that was settled at `at` (Unix milliseconds)."""
    return f"closed {at}"


def fence(item: Item) -> int:
    return int(item.get(FENCE, 0))


def too_late(hold: Hold, at: int) -> bool:
    """Whether a settlement at `at` finds a hold that may have been swept already, at its whole amount."""
    return at >= hold.at + HELD_MS


def sweepable(item: Item, now: int) -> tuple[int, tuple[str, ...]]:
    """The fence that a sweep sets, and the marks that it removes; none while they are few and recent."""
    limit = now - CLOSED_MS
    over = {name: ends for name, value in item.items() if (ends := _ends(value)) is not None and ends <= limit}
    if not over or (len(over) < _FEW and min(over.values()) > limit - _LONG_MS):
        return limit, ()
    return limit, tuple(sorted(over, key=lambda name: (over[name], name))[:SWEPT_AT_ONCE])


def _ends(value: object) -> int | None:
    """When a mark stops to matter; None: it is not a mark."""
    kind, _, rest = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if kind == "closed":
        return int(rest)
    return int(rest.partition(" ")[0]) + HELD_MS if kind == "held" else None
