"""A ledger record as a DynamoDB item, and back.

Attempts are top-level attributes (`a01`, `a02`, …), each set whole, so that writes may come twice or out of order. They
are named by the numbers in their ids, not by counting: two runs of a job need not know of each other's.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from model_router.domain.ids import SHARDS, attempt_number, shard
from model_router.domain.ledger.record import LedgerRecord, iso
from model_router.domain.ledger.record_json import record_from

KEPT = timedelta(days=400)
"""How long a record is kept, by the table's TTL."""

OPEN_SHARDS = tuple(f"open#{number:02d}" for number in range(SHARDS))
"""Every partition of the sparse index."""


def attempt_name(number: int) -> str:
    """The attribute of the attempt of that number, from 1: `a01`, `a12`, `a101`."""
    return f"a{number:02d}"


def attempt_names(item: Iterable[str]) -> list[str]:
    """The attributes of an item that are attempts, in the order of their numbers.

    Every reader of items goes by this: a second run of a job begins at `a101`, and a missing number hides no later one.
    """
    return sorted((name for name in item if name[0] == "a" and name[1:].isdigit()), key=lambda name: int(name[1:]))


def opening(record: LedgerRecord) -> dict[str, object]:
    """What is known of a request before its first answer."""
    return {
        "request_id": record.request_id,
        "created_at": iso(record.created_at),
        "client": record.client,
        "tags": dict(record.tags),
        "task": record.task,
        "rule": record.rule,
        "rules_version": record.rules_version,
        "arm": record.arm,
        "proposed_tier": record.proposed_tier,
        "tier": record.tier,
        "model": record.model,
        "expires_at": int((record.created_at + KEPT).timestamp()),
    }


def unsettled(record: LedgerRecord) -> dict[str, object]:
    """The attributes that the sparse index is made of: there while a record needs the reaper's eye."""
    if record.open_until is None:
        return {}
    return {"open_shard": OPEN_SHARDS[shard(record.request_id)], "open_until": iso(record.open_until)}


def costs(record: LedgerRecord) -> dict[str, object]:
    """The sums over the attempts, for those who read items by hand. They are always worked out from the attempts."""
    return {"cost_usd": record.cost_usd, "cost_max_usd": record.cost_max_usd}


def closing(record: LedgerRecord) -> dict[str, object]:
    """What is known of a request at its end."""
    return {
        **opening(record),
        **costs(record),
        "baseline_cost_usd": record.baseline_cost_usd,
        "baseline_cost_high_usd": record.baseline_cost_high_usd,
        "latency_ms": record.latency_ms,
        "overhead_ms": record.overhead_ms,
        "simulated": record.simulated,
    }


def attempts(record: LedgerRecord) -> dict[str, object]:
    return {attempt_name(attempt_number(attempt.id)): attempt.to_json() for attempt in record.attempts}


def to_record(item: Mapping[str, Any]) -> LedgerRecord:
    """The record that an item holds."""
    return record_from(item, (item[name] for name in attempt_names(item)))
