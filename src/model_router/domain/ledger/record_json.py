"""Writes a ledger record as one line of JSON for the spool and the log, and reads it back without loss.

It also reads records and attempts from mappings with int or Decimal numbers, as they come from JSON and DynamoDB.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from model_router.domain import json_codec
from model_router.domain.ids import is_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode, iso
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage

_USAGE = (
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "web_searches",
    "inference_geo",
)
#: Fields of a usage that records before 2026-11-27 do not have.
_MODES = ("batch", "fast")
_STATUSES = ("open", "settled", "abandoned")


class InvalidRecord(ValueError):
    """The text is no ledger record. The message does not quote it."""


def to_text(record: LedgerRecord) -> str:
    """The record on one line, with all digits of money."""
    open_until = iso(record.open_until) if record.open_until else None
    return json_codec.dumps({**record.to_json(), "open_until": open_until})


def from_text(text: str) -> LedgerRecord:
    """The record that `to_text` wrote. Raises InvalidRecord."""
    try:
        stored = json.loads(text, parse_float=Decimal)
        if stored["status"] not in _STATUSES or not is_request_id(stored["request_id"]) or not stored["attempts"]:
            raise InvalidRecord("it has no valid status, request id or attempts")
        record = record_from(stored, stored["attempts"])
        if record.last_number < 1:
            raise InvalidRecord("its attempts have no numbers")
        return record
    except InvalidRecord:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise InvalidRecord(f"it is not a ledger record ({type(error).__name__})") from None


def record_from(stored: Mapping[str, Any], attempts: Iterable[Mapping[str, Any]]) -> LedgerRecord:
    """The record in stored attributes. Raises KeyError if a required one is missing."""
    open_until = stored.get("open_until")
    return LedgerRecord(
        request_id=stored["request_id"],
        client=stored["client"],
        task=stored["task"],
        rule=stored["rule"],
        rules_version=stored["rules_version"],
        arm=stored["arm"],
        proposed_tier=stored["proposed_tier"],
        tier=stored["tier"],
        model=stored["model"],
        status=stored["status"],
        open_until=datetime.fromisoformat(open_until) if open_until else None,
        tags=dict(stored["tags"]),
        application=stored.get("application"),
        session=stored.get("session"),
        opens_turn=stored.get("opens_turn", False),
        attempts=tuple(map(attempt_from, attempts)),
        baseline_cost_usd=_money(stored.get("baseline_cost_usd")) or ZERO,
        baseline_cost_high_usd=_money(stored.get("baseline_cost_high_usd")) or ZERO,
        latency_ms=_integer(stored.get("latency_ms")),
        overhead_ms=_integer(stored.get("overhead_ms")),
        simulated=stored.get("simulated", False),
        feedback=stored.get("feedback"),
    )


def attempt_from(stored: Mapping[str, Any]) -> Attempt:
    """The attempt that `Attempt.to_json` wrote. Raises KeyError if a field is missing."""
    return Attempt(
        id=stored["id"],
        tier=stored["tier"],
        model=stored["model"],
        cost_state=stored["cost_state"],
        cost_usd=_money(stored["cost_usd"]),
        cost_max_usd=_money(stored["cost_max_usd"]) or ZERO,
        usage=_usage(stored),
        other_models=tuple(ModelUsage(other["model"], _usage(other)) for other in stored.get("other_models") or ()),
        validations=tuple(ValidationCode(**validation) for validation in stored["validations"]),
        latency_ms=_integer(stored["latency_ms"]),
        stop_reason=stored["stop_reason"],
        upstream_request_id=stored["upstream_request_id"],
        error=stored["error"],
        effort=stored.get("effort"),
    )


def _usage(stored: Mapping[str, Any]) -> Usage:
    counts = {name: int(value) if isinstance(value := stored[name], Decimal) else value for name in _USAGE}
    return Usage(**cast("Any", counts | {name: stored.get(name, False) for name in _MODES}))


def _money(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _integer(value: int | Decimal | None) -> int | None:
    return None if value is None else int(value)
