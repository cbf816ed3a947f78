"""The ledger in DynamoDB: one item per record, found by its request id alone. `updates` builds the writes.

A sparse index holds the records that are not settled yet.

Every write may be repeated and may arrive late: a write that timed out here may still be applied.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from model_router.adapters.aws.dynamodb import conflicting_item, from_wire
from model_router.adapters.aws.errors import raised_as
from model_router.adapters.ledger.item import OPEN_SHARDS, key, to_record
from model_router.adapters.ledger.updates import Update, abandonment, intents, outcomes, settlement
from model_router.domain.ledger.ports import ForeignRecord, LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord, iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OVERDUE_PER_SHARD = 100
"""Overdue records that are read at a time, 6,400 in all: about as many as the reaper closes in its two minutes."""

_INDEX = "unsettled"
_PARALLEL_QUERIES = 16


class DynamoLedger:
    """The `Ledger` and `UnsettledRecords` ports over a table whose keys are `pk` and `sk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add_intent(self, record: LedgerRecord) -> None:
        if not any(self._update(record.request_id, update) for update in intents(record)):
            raise ForeignRecord

    def add_outcome(self, record: LedgerRecord) -> None:
        any(self._update(record.request_id, update) for update in outcomes(record))

    def settle(self, record: LedgerRecord) -> None:
        if not self._update(record.request_id, settlement(record)):
            raise ForeignRecord

    def abandon(self, record: LedgerRecord) -> bool:
        return self._update(record.request_id, abandonment(record))

    def read(self, request_id: str) -> LedgerRecord | None:
        with raised_as(LedgerUnavailable):
            response = self._dynamodb.get_item(TableName=self._table, Key=key(request_id), ConsistentRead=True)
        return to_record(from_wire(response["Item"])) if "Item" in response else None

    def overdue(self, before: datetime, per_shard: int = OVERDUE_PER_SHARD) -> Iterator[str]:
        with ThreadPoolExecutor(_PARALLEL_QUERIES, thread_name_prefix="overdue") as pool:
            for request_ids in pool.map(lambda shard: self._overdue_in(shard, before, per_shard), OPEN_SHARDS):
                yield from request_ids

    def _overdue_in(self, shard: str, before: datetime, limit: int) -> list[str]:
        """The shard's records that have been overdue longest: the index is sorted by `open_until`."""
        with raised_as(LedgerUnavailable):
            page = self._dynamodb.query(
                TableName=self._table,
                IndexName=_INDEX,
                KeyConditionExpression="open_shard = :shard AND open_until < :before",
                ExpressionAttributeValues={":shard": {"S": shard}, ":before": {"S": iso(before)}},
                Limit=limit,
            )
        return [f"req_{item['sk']['S']}" for item in page["Items"]]

    def _update(self, request_id: str, update: Update) -> bool:
        """Whether the update's condition held and it was applied. Raises LedgerUnavailable."""
        arguments = {"TableName": self._table, "Key": key(request_id), **update.arguments()}
        with raised_as(LedgerUnavailable):
            return conflicting_item(self._dynamodb.update_item, **arguments) is None
