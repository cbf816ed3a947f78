"""The sparse index of the records that nobody settled, as the reaper reads it: so much a run, however much there is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import reason
from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord, iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

A_SHARD = 100
"""Of each shard in a run: 6,400 in all, about as many as the reaper closes in its two minutes."""

_INDEX = "unsettled"
_QUERIES_AT_ONCE = 16


class DynamoUnsettled:
    """The `UnsettledRecords` port: the index of the ledger's table, and the ledger itself for single records."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, ledger: DynamoLedger, *, a_shard: int = A_SHARD) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._ledger = ledger
        self._a_shard = a_shard

    def overdue(self, before: datetime) -> Iterator[str]:
        with ThreadPoolExecutor(_QUERIES_AT_ONCE, thread_name_prefix="overdue") as pool:
            for found in pool.map(lambda shard: self._overdue_in(shard, before), ledger_item.OPEN_SHARDS):
                yield from found

    def read(self, request_id: str) -> LedgerRecord | None:
        return self._ledger.read(request_id)

    def abandon(self, record: LedgerRecord) -> bool:
        return self._ledger.abandon(record)

    def _overdue_in(self, shard: str, before: datetime) -> list[str]:
        """The longest overdue of a shard: the index is sorted by `open_until`."""
        try:
            page = self._dynamodb.query(
                TableName=self._table,
                IndexName=_INDEX,
                KeyConditionExpression="open_shard = :shard AND open_until < :before",
                ExpressionAttributeValues={":shard": {"S": shard}, ":before": {"S": iso(before)}},
                Limit=self._a_shard,
            )
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable(reason(error)) from error
        return [f"req_{item['sk']['S']}" for item in page["Items"]]
