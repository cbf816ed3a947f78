"""Queries one day of the ledger: its 64 shards in parallel, page by page, with items in DynamoDB's own form.

botocore converts every attribute, which takes ten times as long as reading the JSON. Its `before-parse` event comes
first: a handler takes the items out of the response, so that only the rest is converted.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

from model_router.adapters.aws.errors import raised_as
from model_router.domain.ids import SHARDS
from model_router.domain.spend.ports import SpendUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

READERS = 8
"""Shards that are read at the same time."""


class DayPartitions:
    """The ledger's table as partitions of days."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        # Made once: the first paginator lists all services that botocore knows, and each thread would repeat that.
        self._queries = dynamodb.get_paginator("query")
        self._table = table
        dynamodb.meta.events.register("before-parse.dynamodb.Query", take_items, unique_id="ledger-items")

    def pages(self, day: date, shard: int, *, consistent: bool, **query: Any) -> Iterator[Mapping[str, Any]]:
        """The pages of one shard. `query` holds further arguments of Query. Raises SpendUnavailable."""
        values = {":pk": {"S": f"{day.isoformat()}#{shard:02d}"}, **query.pop("ExpressionAttributeValues", {})}
        with raised_as(SpendUnavailable, f"reading the ledger of {day}: "):
            yield from self._queries.paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=values,
                ConsistentRead=consistent,
                **query,
            )


def for_each_shard[Result](read: Callable[[int], Result]) -> list[Result]:
    """Calls `read` with the number of each shard, READERS at a time. Returns the results in the shards' order."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(read, range(SHARDS)))


def take_items(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Handler of `before-parse`: moves the items from the response to be parsed to the finished one."""
    if response_dict["status_code"] != 200:
        return
    response = json.loads(response_dict["body"])
    items = response.pop("Items", None)
    if items is not None:
        customized_response_dict["Items"] = items
        response_dict["body"] = json.dumps(response).encode()
