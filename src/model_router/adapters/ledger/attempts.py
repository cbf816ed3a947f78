"""Every attempt of a day of the ledger, straight from DynamoDB's wire form (see `dynamodb_ledger_reader`)."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import reason
from model_router.adapters.ledger.day_reader import READERS, items_past_the_parser
from model_router.adapters.ledger.item import attempt_names
from model_router.domain.ids import SHARDS
from model_router.domain.money.pricing import ModelUsage, Usage
from model_router.domain.reconciliation.sides import BilledCall, LedgerSide
from model_router.domain.spend.ports import SpendUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Add = Callable[[LedgerSide, BilledCall], None]
Wire = Mapping[str, Any]
_NULL: Wire = {"NULL": True}


class DynamoLedgerCalls:
    """The `LedgerCalls` port over a table whose keys are `pk` and `sk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._queries = dynamodb.get_paginator("query")  # once, as `DynamoLedgerDays` makes it
        self._table = table
        dynamodb.meta.events.register("before-parse.dynamodb.Query", items_past_the_parser, unique_id="ledger-items")

    def read(self, day: date, add: Add) -> LedgerSide:
        whole = LedgerSide()
        with ThreadPoolExecutor(READERS) as pool:
            for shard in as_completed([pool.submit(self._shard, day, number, add) for number in range(SHARDS)]):
                whole.merge(shard.result())
        return whole

    def _shard(self, day: date, shard: int, add: Add) -> LedgerSide:
        side = LedgerSide()
        for item in self._items(f"{day.isoformat()}#{shard:02d}"):
            side.simulated = side.simulated or item.get("simulated", _NULL).get("BOOL", False)
            for call in calls_of(item):
                add(side, call)
        return side

    def _items(self, partition: str) -> Iterator[Wire]:
        try:
            for page in self._queries.paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": partition}},
                ConsistentRead=True,
            ):
                yield from page["Items"]
        except (BotoCoreError, ClientError) as error:
            raise SpendUnavailable(f"reading the ledger, {partition}: {reason(error)}") from error


def calls_of(item: Wire) -> Iterator[BilledCall]:
    """The attempts of an item of the ledger's table."""
    at = datetime.fromisoformat(item["created_at"]["S"])
    for name in attempt_names(item):
        yield _call(item[name]["M"], at)


def _call(stored: Wire, at: datetime) -> BilledCall:
    cost = stored["cost_usd"].get("N")
    others = (other["M"] for other in stored.get("other_models", _NULL).get("L", ()))
    return BilledCall(
        id=stored["id"]["S"],
        model=stored["model"]["S"],
        cost_state=stored["cost_state"]["S"],
        cost_usd=None if cost is None else Decimal(cost),
        cost_max_usd=Decimal(stored["cost_max_usd"]["N"]),
        usage=_usage(stored),
        at=at,
        other_models=tuple(ModelUsage(other["model"]["S"], _usage(other)) for other in others),
    )


def _usage(stored: Wire) -> Usage:
    def tokens(kind: str) -> int:
        return int(stored[kind]["N"])

    return Usage(
        input_tokens=tokens("input_tokens"),
        output_tokens=tokens("output_tokens"),
        cache_write_5m_tokens=tokens("cache_write_5m_tokens"),
        cache_write_1h_tokens=tokens("cache_write_1h_tokens"),
        cache_read_tokens=tokens("cache_read_tokens"),
        web_searches=tokens("web_searches"),
        inference_geo=stored["inference_geo"].get("S"),
        batch=stored.get("batch", _NULL).get("BOOL", False),
        fast=stored.get("fast", _NULL).get("BOOL", False),
    )
