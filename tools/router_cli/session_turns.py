"""The requests of one session, in order: what each cost, against the baseline."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import batched
from typing import TYPE_CHECKING, Any

from model_router.adapters.aws.dynamodb import from_wire
from model_router.adapters.ledger.item import to_record
from model_router.domain.ledger.measures import escalated
from model_router.domain.ledger.record import LedgerRecord, iso
from model_router.domain.spend.amounts import ZERO, plus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "sessions"
_BATCH = 100
"""Keys that BatchGetItem takes."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request. Tokens and costs are those of all its attempts; `total_usd` adds up the costs so far."""

    request_id: str
    created_at: str
    status: str
    turn: int
    task: str
    rule: str | None
    arm: str
    tiers: list[str]
    why: str
    read_tokens: int
    written_tokens: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    cost_max_usd: Decimal
    baseline_cost_usd: Decimal
    baseline_cost_high_usd: Decimal
    total_usd: Decimal

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def records_of(dynamodb: "DynamoDBClient", table: str, session: str) -> list[LedgerRecord]:
    """The session's records in the order of time, by the index."""
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        IndexName=INDEX,
        KeyConditionExpression="#session = :session",
        ExpressionAttributeNames={"#session": "session"},
        ExpressionAttributeValues={":session": {"S": session}},
    )
    keys = [{"pk": item["pk"], "sk": item["sk"]} for page in pages for item in page["Items"]]
    items = (item for batch in batched(keys, _BATCH, strict=False) for item in _items(dynamodb, table, batch))
    return sorted((to_record(from_wire(item)) for item in items), key=lambda record: record.request_id)


def _items(dynamodb: "DynamoDBClient", table: str, keys: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    asked: Any = {table: {"Keys": list(keys)}}
    while asked:
        answer = dynamodb.batch_get_item(RequestItems=asked)
        yield from answer["Responses"].get(table, [])
        asked = answer.get("UnprocessedKeys")


def steps(records: Iterable[LedgerRecord]) -> list[Step]:
    found: list[Step] = []
    turn, total = 0, ZERO
    for record in records:
        turn += record.opens_turn
        total = plus(total, record.cost_usd)
        found.append(_step(record, turn, total))
    return found


def _step(record: LedgerRecord, turn: int, total: Decimal) -> Step:
    usages = [attempt.usage for attempt in record.attempts]
    routed = record.arm == "routed"
    return Step(
        request_id=record.request_id,
        created_at=iso(record.created_at),
        status=record.status,
        turn=turn,
        task=record.task,
        rule=record.rule,
        arm=record.arm,
        tiers=list(dict.fromkeys(attempt.tier for attempt in record.attempts)),
        why=_why(record),
        read_tokens=sum(usage.cache_read_tokens for usage in usages),
        written_tokens=sum(usage.cache_write_5m_tokens + usage.cache_write_1h_tokens for usage in usages),
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        cost_usd=record.cost_usd,
        cost_max_usd=record.cost_max_usd,
        # As in the reports: a request that was not routed saved nothing.
        baseline_cost_usd=record.baseline_cost_usd if routed else record.cost_usd,
        baseline_cost_high_usd=record.baseline_cost_high_usd if routed else record.cost_usd,
        total_usd=total,
    )


def _why(record: LedgerRecord) -> str:
    """What decided: the arm, or the rule; and what happened after the first attempt."""
    decided = record.arm if record.arm != "routed" else record.rule or "no rule matched"
    if escalated(record):
        return f"{decided}; a check failed"
    failed = next((attempt.error for attempt in record.attempts if attempt.error is not None), None)
    return decided if failed is None else f"{decided}; {failed}"
