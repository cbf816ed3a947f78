"""Reads every attempt of a day of the ledger, for the reconciliation with Anthropic's bill."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from model_router.adapters.ledger.days import NULL, DayPartitions, Item, for_each_shard, usage_of
from model_router.adapters.ledger.item import attempt_names
from model_router.domain.money.pricing import ModelUsage
from model_router.domain.reconciliation.sides import BilledAttempt, LedgerSide

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Add = Callable[[LedgerSide, BilledAttempt], None]


class DynamoLedgerAttempts:
    """The `LedgerAttempts` port over a table whose keys are `pk` and `sk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._partitions = DayPartitions(dynamodb, table)

    def read(self, day: date, add: Add) -> LedgerSide:
        day_side = LedgerSide()
        for side in for_each_shard(lambda shard: self._shard(day, shard, add)):
            day_side.merge(side)
        return day_side

    def _shard(self, day: date, shard: int, add: Add) -> LedgerSide:
        side = LedgerSide()
        for page in self._partitions.pages(day, shard, consistent=True):
            for item in page["Items"]:
                side.simulated = side.simulated or item.get("simulated", NULL).get("BOOL", False)
                for attempt in attempts_of(item):
                    add(side, attempt)
        return side


def attempts_of(item: Item) -> Iterator[BilledAttempt]:
    """The attempts of an item of the ledger's table."""
    at = datetime.fromisoformat(item["created_at"]["S"])
    for name in attempt_names(item):
        yield _attempt(item[name]["M"], at)


def _attempt(attempt: Item, at: datetime) -> BilledAttempt:
    cost = attempt["cost_usd"].get("N")
    others = (other["M"] for other in attempt.get("other_models", NULL).get("L", ()))
    return BilledAttempt(
        id=attempt["id"]["S"],
        model=attempt["model"]["S"],
        cost_state=attempt["cost_state"]["S"],
        cost_usd=None if cost is None else Decimal(cost),
        cost_max_usd=Decimal(attempt["cost_max_usd"]["N"]),
        usage=usage_of(attempt),
        at=at,
        other_models=tuple(ModelUsage(other["model"]["S"], usage_of(other)) for other in others),
    )
