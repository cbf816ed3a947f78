"""Our own ledger: records as `GET /v1/requests/{id}` gives them, or items of a DynamoDB export to S3 (`{"Item": …}`).

A ledger holds no prompts. A record is one call here: its served attempt, with what all attempts cost beside it in the
ledger itself.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from call_logs.calls import LoggedCall, UnreadableEntryError, mapping, moment
from model_router.domain.money.pricing import Usage

_KINDS = (
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "web_searches",
)
_deserialize = TypeDeserializer().deserialize


def recognises(entry: Mapping[str, Any]) -> bool:
    return "Item" in entry or ("request_id" in entry and "rules_version" in entry)


def read(entry: Mapping[str, Any]) -> LoggedCall:
    record = _plain(entry["Item"]) if "Item" in entry else entry
    attempts = _attempts(record)
    if not attempts:
        raise UnreadableEntryError("it has no attempts")
    served = next((attempt for attempt in reversed(attempts) if not attempt.get("error")), attempts[-1])
    checks = attempts[0].get("validations") or ()
    feedback = record.get("feedback")
    score = feedback.get("score") if isinstance(feedback, Mapping) else None
    tags = record.get("tags")
    counts: dict[str, Any] = {name: int(served.get(name) or 0) for name in _KINDS}
    usage = Usage(**counts, inference_geo=served.get("inference_geo"))
    return LoggedCall(
        model=str(served.get("model") or ""),
        usage=usage,
        at=moment(record.get("created_at")),
        client=str(record.get("client") or "unknown"),
        tags=dict(tags) if isinstance(tags, Mapping) else {},
        passed=all(check.get("passed") for check in checks) if checks else None,
        score=float(score) if isinstance(score, int | float | Decimal) else None,
        task=record.get("task"),
        tier=record.get("proposed_tier"),
    )


def _plain(item: object) -> dict[str, Any]:
    try:
        return {name: _deserialize(value) for name, value in mapping(item, "Item").items()}
    except (TypeError, AttributeError, ValueError):
        raise UnreadableEntryError("its item is not DynamoDB's JSON") from None


def _attempts(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = record.get("attempts")
    if isinstance(listed, list):
        return [attempt for attempt in listed if isinstance(attempt, Mapping)]
    names = sorted(name for name in record if len(name) == 3 and name[0] == "a" and name[1:].isdigit())
    return [record[name] for name in names]
