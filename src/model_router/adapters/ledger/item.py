"""A ledger record as a DynamoDB item, and back.

Attempts are top-level attributes (`a01`, `a02`, …), each written whole so that writes may be repeated and reordered.
Their names come from the numbers in their ids and not from counting, so that two executions of a job need not know of
each other's attempts.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from model_router.domain.ids import SHARDS, attempt_number, ledger_key, shard
from model_router.domain.ledger.record import LedgerRecord, iso
from model_router.domain.ledger.record_json import record_from

RETENTION = timedelta(days=400)
"""How long the table's TTL keeps a record."""

OPEN_SHARDS = tuple(f"open#{number:02d}" for number in range(SHARDS))
"""Every partition of the sparse index of unsettled records."""


def key(request_id: str) -> dict[str, Any]:
    """The primary key of a request's item, in DynamoDB's form."""
    partition, sort = ledger_key(request_id)
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def attempt_name(number: int) -> str:
    """The attribute of the attempt with this number, which starts at 1: `a01`, `a12`, `a101`."""
    return f"a{number:02d}"


def attempt_names(item: Iterable[str]) -> list[str]:
    """The attributes of an item that are attempts, ordered by number. Numbers may be missing: a second execution
    of a job starts at `a101`."""
    return sorted((name for name in item if name[0] == "a" and name[1:].isdigit()), key=lambda name: int(name[1:]))


def opening(record: LedgerRecord) -> dict[str, object]:
    """The attributes that are known before the first answer."""
    return {
        "request_id": record.request_id,
        "created_at": iso(record.created_at),
        "client": record.client,
        "tags": dict(record.tags),
        "application": record.application,
        # An index's key may not be null.
        **({} if record.session is None else {"session": record.session}),
        "opens_turn": record.opens_turn,
        "task": record.task,
        "rule": record.rule,
        "rules_version": record.rules_version,
        "arm": record.arm,
        "proposed_tier": record.proposed_tier,
        "tier": record.tier,
        "model": record.model,
        "expires_at": int((record.created_at + RETENTION).timestamp()),
    }


def unsettled(record: LedgerRecord) -> dict[str, object]:
    """The attributes of the sparse index. An item has them until its record needs no reaper."""
    if record.open_until is None:
        return {}
    return {"open_shard": OPEN_SHARDS[shard(record.request_id)], "open_until": iso(record.open_until)}


def costs(record: LedgerRecord) -> dict[str, object]:
    """Sums over the attempts, for people who read items. Code computes them from the attempts."""
    return {"cost_usd": record.cost_usd, "cost_max_usd": record.cost_max_usd}


def closing(record: LedgerRecord) -> dict[str, object]:
    """The attributes of a settled record, without its attempts."""
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
    """The attributes of the record's attempts."""
    return {attempt_name(attempt_number(attempt.id)): attempt.to_json() for attempt in record.attempts}


def to_record(item: Mapping[str, Any]) -> LedgerRecord:
    """The record of an item whose values are in Python's form."""
    return record_from(item, (item[name] for name in attempt_names(item)))
