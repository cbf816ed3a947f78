"""Our own ledger: records as `GET /v1/requests/{id}` gives them, or items of a DynamoDB export to S3 (`{"Item": …}`).

A ledger holds no prompts. A record is one call here: its served attempt, with what all its attempts cost.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from model_router.adapters.ledger.days import request_facts
from model_router.adapters.ledger.item import attempt_name, attempt_names
from model_router.domain.money.pricing import ZERO, Usage, tidy
from model_router.domain.spend.totals.facts import CacheSavings, RequestFacts
from router_cli.call_logs.calls import LoggedCall, UnreadableEntryError, mapping, moment, score_of

_KINDS = (
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "web_searches",
)
_deserialize = TypeDeserializer().deserialize
_serialize = TypeSerializer().serialize


def recognises(entry: Mapping[str, Any]) -> bool:
    return "Item" in entry or ("request_id" in entry and "rules_version" in entry)


def read(entry: Mapping[str, Any]) -> LoggedCall:
    record = _plain(entry["Item"]) if "Item" in entry else entry
    attempts = _attempts(record)
    if not attempts:
        raise UnreadableEntryError("it has no attempts")
    served = next((attempt for attempt in reversed(attempts) if not attempt.get("error")), attempts[-1])
    first = next((attempt for attempt in attempts if not attempt.get("error")), attempts[0])
    checks = [check.get("passed") for check in first.get("validations") or ()]
    finished = [passed for passed in checks if passed is not None]
    feedback = record.get("feedback")
    score = feedback.get("score") if isinstance(feedback, Mapping) else None
    billed, unknown = _billed(attempts)
    tags = record.get("tags")
    counts: dict[str, Any] = {name: int(served.get(name) or 0) for name in _KINDS}
    usage = Usage(**counts, inference_geo=served.get("inference_geo"))
    return LoggedCall(
        model=str(served.get("model") or ""),
        usage=usage,
        at=moment(record.get("created_at")),
        ids=(str(record["request_id"]),) if record.get("request_id") else (),
        client=str(record.get("client") or "unknown"),
        tags=dict(tags) if isinstance(tags, Mapping) else {},
        passed=all(finished) if finished else None,
        score=score_of(score),
        escalated=any(not attempt.get("error") for attempt in attempts[:-1]) if record.get("arm") == "routed" else None,
        task=record.get("task"),
        # What answered first: the outcomes are that answer's.
        tier=first.get("tier") or record.get("proposed_tier"),
        billed_usd=billed,
        unknown_usd=unknown,
        record=entry,
    )


def facts(entry: Mapping[str, Any], savings: CacheSavings) -> RequestFacts:
    """What the reports' sums take of an entry. Raises KeyError, TypeError or ValueError where one is not whole."""
    if "Item" in entry:
        return request_facts(entry["Item"], savings)
    plain = {name: value for name, value in entry.items() if name not in ("attempts", "created_at")}
    for number, attempt in enumerate(entry["attempts"], 1):
        plain[attempt_name(number)] = attempt
    item = {name: _serialize(_without_floats(value)) for name, value in plain.items()}
    return request_facts({**item, "pk": {"S": entry["created_at"]}}, savings)


def _without_floats(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {name: _without_floats(part) for name, part in value.items()}
    return [_without_floats(part) for part in value] if isinstance(value, list) else value


def _billed(attempts: Sequence[Mapping[str, Any]]) -> tuple[Decimal | None, Decimal]:
    """(the known cost, or None if it is not recorded; the most that attempts of unknown cost may add to it)."""
    if not all("cost_state" in attempt for attempt in attempts):
        return None, ZERO
    known = [attempt.get("cost_usd") for attempt in attempts]
    unknown = [attempt for attempt in attempts if attempt["cost_state"] == "unknown"]
    most, certain = (_sum([attempt.get(name) for attempt in unknown]) for name in ("cost_max_usd", "cost_usd"))
    return _sum(known), tidy(most - certain)


def _sum(amounts: Sequence[Any]) -> Decimal:
    return tidy(sum((Decimal(str(amount)) for amount in amounts if amount is not None), ZERO))


def _plain(item: object) -> dict[str, Any]:
    try:
        return {name: _deserialize(value) for name, value in mapping(item, "Item").items()}
    except (TypeError, AttributeError, ValueError):
        raise UnreadableEntryError("its item is not DynamoDB's JSON") from None


def _attempts(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = record.get("attempts")
    if isinstance(listed, list):
        return [attempt for attempt in listed if isinstance(attempt, Mapping)]
    return [record[name] for name in attempt_names(record)]
