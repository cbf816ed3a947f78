"""Sample ledger records for tests, such as one with attempts in progress."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from model_router.domain.ids import new_request_id
from model_router.domain.ledger.record import Attempt, CostState, LedgerRecord, ValidationCode
from model_router.domain.money.pricing import Usage

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOUND = Decimal("0.0123")
SPENT = Decimal("0.00010000001")
_serial = count(1)


def new_record(number: int | None = None) -> LedgerRecord:
    """A record before its first attempt; of its own request unless `number` says which."""
    serial = next(_serial) if number is None else 1_000_000 + number
    request_id = new_request_id(NOON, serial.to_bytes(10))
    return LedgerRecord(
        request_id=request_id,
        client="key1",
        task="classification",
        rule='classification: "classify"',
        rules_version="v1",
        arm="routed",
        proposed_tier="haiku",
        tier="haiku",
        model="claude-haiku-4-5",
        open_until=NOON + timedelta(minutes=2),
        tags={"team": "mail"},
    )


def with_intent(record: LedgerRecord) -> LedgerRecord:
    """The record with a further attempt about to be sent."""
    attempt_id = f"{record.request_id}-{len(record.attempts) + 1}"
    return record.with_attempt(Attempt(attempt_id, "haiku", "claude-haiku-4-5", "unknown", None, BOUND))


def with_outcome(record: LedgerRecord, cost_state: CostState = "known") -> LedgerRecord:
    """The record with its last attempt ended."""
    cost = {"known": SPENT, "free": Decimal(0), "unknown": None}[cost_state]
    ended = replace(
        record.attempts[-1],
        cost_state=cost_state,
        cost_usd=cost,
        cost_max_usd=BOUND / 2 if cost is None else cost,
        usage=Usage(40, 4, 3, 2, 1, 5, "us"),
        validations=(ValidationCode("one_of", passed=False, code="not_one_of"),),
        latency_ms=321,
        stop_reason="end_turn",
        upstream_request_id="req_up",
        error=None if cost_state == "known" else "connection",
    )
    return record.with_attempt(ended)


def settled(record: LedgerRecord) -> LedgerRecord:
    """The record at its end."""
    return replace(
        record,
        status="settled",
        baseline_cost_usd=Decimal("0.0003"),
        baseline_cost_high_usd=Decimal("0.00039"),
        latency_ms=330,
        overhead_ms=9,
        simulated=True,
        open_until=None,
    )
