"""A ledger record as a DynamoDB item, and back.

Attempts are top-level attributes (`a01`, `a02`, …), each set whole, so that writes may come twice or out of order.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from model_router.domain.ids import shard
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode, iso
from model_router.domain.money.pricing import ZERO, Usage

KEPT = timedelta(days=400)
"""How long a record is kept, by the table's TTL."""

_USAGE = (
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "web_searches",
    "inference_geo",
)


def attempt_name(number: int) -> str:
    """The attribute of the n-th attempt, from 1."""
    return f"a{number:02d}"


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
    """The attributes that the sparse index is made of: there while a record is not settled."""
    if record.open_until is None:
        return {}
    return {"open_shard": f"open#{shard(record.request_id):02d}", "open_until": iso(record.open_until)}


def closing(record: LedgerRecord) -> dict[str, object]:
    """What is known of a request at its end."""
    return {
        **opening(record),
        "cost_usd": record.cost_usd,
        "cost_max_usd": record.cost_max_usd,
        "baseline_cost_usd": record.baseline_cost_usd,
        "baseline_cost_high_usd": record.baseline_cost_high_usd,
        "latency_ms": record.latency_ms,
        "overhead_ms": record.overhead_ms,
        "simulated": record.simulated,
    }


def attempts(record: LedgerRecord) -> dict[str, object]:
    return {attempt_name(number): attempt.to_json() for number, attempt in enumerate(record.attempts, 1)}


def to_record(item: Mapping[str, Any]) -> LedgerRecord:
    """The record that an item holds."""
    open_until = item.get("open_until")
    return LedgerRecord(
        request_id=item["request_id"],
        client=item["client"],
        task=item["task"],
        rule=item["rule"],
        rules_version=item["rules_version"],
        arm=item["arm"],
        proposed_tier=item["proposed_tier"],
        tier=item["tier"],
        model=item["model"],
        status=item["status"],
        open_until=datetime.fromisoformat(open_until) if open_until else None,
        tags=item["tags"],
        attempts=tuple(_attempt(item[name]) for name in sorted(item) if _is_attempt(name)),
        baseline_cost_usd=item.get("baseline_cost_usd", ZERO),
        baseline_cost_high_usd=item.get("baseline_cost_high_usd", ZERO),
        latency_ms=_integer(item.get("latency_ms")),
        overhead_ms=_integer(item.get("overhead_ms")),
        simulated=item.get("simulated", False),
        feedback=item.get("feedback"),
    )


def _attempt(stored: Mapping[str, Any]) -> Attempt:
    usage = {name: int(value) if isinstance(value := stored[name], Decimal) else value for name in _USAGE}
    return Attempt(
        id=stored["id"],
        tier=stored["tier"],
        model=stored["model"],
        cost_state=stored["cost_state"],
        cost_usd=stored["cost_usd"],
        cost_max_usd=stored["cost_max_usd"],
        usage=Usage(**cast("Any", usage)),
        validations=tuple(ValidationCode(**validation) for validation in stored["validations"]),
        latency_ms=_integer(stored["latency_ms"]),
        stop_reason=stored["stop_reason"],
        upstream_request_id=stored["upstream_request_id"],
        error=stored["error"],
    )


def _is_attempt(name: str) -> bool:
    return len(name) == 3 and name[0] == "a" and name[1:].isdigit()


def _integer(value: object) -> int | None:
    return int(value) if isinstance(value, Decimal) else None
