"""Reads the ledger a day at a time: its 64 shards in parallel, page by page, summed up as they come.

botocore makes a typed object of every attribute, which takes ten times as long as reading the JSON. Its `before-parse`
event hands the response over first: the items go past the parser as they are.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import reason
from model_router.adapters.ledger.wire import Item, request_facts
from model_router.domain.ids import SHARDS
from model_router.domain.spend.ports import DayTotals, SpendUnavailable
from model_router.domain.spend.totals.cache_savings import CacheSavings
from model_router.domain.spend.totals.totals import Totals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READERS = 8
_OK = 200


class DynamoLedgerDays:
    """The `LedgerDays` port over a table whose keys are `pk` and `sk`."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        savings: CacheSavings,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        # Made once: the first one lists all services that botocore knows, and each of several threads would.
        self._queries = dynamodb.get_paginator("query")
        self._table = table
        self._savings = savings
        self._today = today
        dynamodb.meta.events.register("before-parse.dynamodb.Query", items_past_the_parser, unique_id="ledger-items")

    def mark(self, day: date) -> str:
        """Of each shard: how many records, and how many of them are plain: settled and without feedback."""

        def count(shard: int) -> str:
            pages = self._pages(
                day,
                shard,
                Select="COUNT",
                FilterExpression="#status = :settled AND attribute_not_exists(feedback)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":settled": {"S": "settled"}},
            )
            records = plain = 0
            for page in pages:
                records += page["ScannedCount"]
                plain += page["Count"]
            return _mark(records, plain)

        with ThreadPoolExecutor(READERS) as pool:
            return ".".join(pool.map(count, range(SHARDS)))

    def read(self, day: date) -> DayTotals:
        whole, lock = Totals(), Lock()

        def read(shard: int) -> str:
            totals, mark = self._shard(day, shard)
            # At once, so that no more than READERS shards' totals are held beside the whole.
            with lock:
                whole.absorb(totals)
            return mark

        with ThreadPoolExecutor(READERS) as pool:
            return DayTotals(".".join(pool.map(read, range(SHARDS))), whole)

    def _shard(self, day: date, shard: int) -> tuple[Totals, str]:
        """The shard's totals, and its part of the mark, which would else take a query of its own."""
        totals, records, plain = Totals(), 0, 0
        for page in self._pages(day, shard):
            items = page["Items"]
            add_items(totals, items, self._savings)
            records += len(items)
            plain += sum(item["status"]["S"] == "settled" and "feedback" not in item for item in items)
        return totals, _mark(records, plain)

    def _pages(self, day: date, shard: int, **asked: Any) -> Iterator[Mapping[str, Any]]:
        values = {":pk": {"S": f"{day.isoformat()}#{shard:02d}"}, **asked.pop("ExpressionAttributeValues", {})}
        try:
            yield from self._queries.paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=values,
                # A day that is over has settled down; of today the newest records are wanted too.
                ConsistentRead=day >= self._today(),
                **asked,
            )
        except (BotoCoreError, ClientError) as error:
            raise SpendUnavailable(f"reading the ledger of {day}: {reason(error)}") from error


def add_items(totals: Totals, items: list[Item], savings: CacheSavings) -> None:
    """Counts a page's items in."""
    for item in items:
        totals.add(request_facts(item, savings))


def items_past_the_parser(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """A handler of botocore's `before-parse`: the parser gets the response without its items, the caller with them."""
    if response_dict["status_code"] != _OK:
        return
    answer = json.loads(response_dict["body"])
    items = answer.pop("Items", None)
    if items is not None:
        customized_response_dict["Items"] = items
        response_dict["body"] = json.dumps(answer).encode()


def _mark(records: int, plain: int) -> str:
    return f"{records}-{plain}"
