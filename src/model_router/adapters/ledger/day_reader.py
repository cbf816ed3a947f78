"""Reads days of the ledger as totals, which are summed up while the pages arrive."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from threading import Lock
from typing import TYPE_CHECKING

from model_router.adapters.ledger.partitions import DayPartitions, for_each_shard
from model_router.adapters.ledger.wire import request_facts
from model_router.domain.spend.ports import DayTotals
from model_router.domain.spend.totals.cache_savings import CacheSavings
from model_router.domain.spend.totals.totals import Totals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoLedgerDays:
    """The `LedgerDays` port over a table whose keys are `pk` and `sk`."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        savings: CacheSavings,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._partitions = DayPartitions(dynamodb, table)
        self._savings = savings
        self._today = today

    def mark(self, day: date) -> str:
        """Per shard: the number of records, and how many of them are settled and without feedback."""

        def count(shard: int) -> str:
            records = plain = 0
            for page in self._partitions.pages(
                day,
                shard,
                consistent=self._is_consistent(day),
                Select="COUNT",
                FilterExpression="#status = :settled AND attribute_not_exists(feedback)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":settled": {"S": "settled"}},
            ):
                records += page["ScannedCount"]
                plain += page["Count"]
            return _mark(records, plain)

        return ".".join(for_each_shard(count))

    def read(self, day: date) -> DayTotals:
        day_totals, lock = Totals(), Lock()

        def read(shard: int) -> str:
            totals, mark = self._shard(day, shard)
            # Added at once, so that memory holds the totals of a few shards only.
            with lock:
                day_totals.absorb(totals)
            return mark

        marks = for_each_shard(read)
        day_totals.keep_dearest_sessions()
        return DayTotals(".".join(marks), day_totals)

    def _shard(self, day: date, shard: int) -> tuple[Totals, str]:
        """The shard's totals and its part of the mark."""
        totals, records, plain = Totals(), 0, 0
        for page in self._partitions.pages(day, shard, consistent=self._is_consistent(day)):
            for item in page["Items"]:
                totals.add(request_facts(item, self._savings))
                records += 1
                plain += item["status"]["S"] == "settled" and "feedback" not in item
        return totals, _mark(records, plain)

    def _is_consistent(self, day: date) -> bool:
        """Past days rarely change, and a later night notices it, so eventually consistent reads are enough for them."""
        return day >= self._today()


def _mark(records: int, plain: int) -> str:
    return f"{records}-{plain}"
