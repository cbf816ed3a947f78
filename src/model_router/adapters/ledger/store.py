"""The ledger in DynamoDB: one item per record, found by its request id alone. `updates` builds the writes.

A sparse index holds the records that are not settled yet.

Every write may be repeated and may arrive late: a write that timed out here may still be applied.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from model_router.adapters.aws.dynamodb import conflicting_item, from_wire, to_wire
from model_router.adapters.aws.errors import raised_as
from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.item import OPEN_SHARDS, key, to_record
from model_router.domain.ledger.ports import ForeignRecord, LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord, iso

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_INDEX_KEYS = ("open_shard", "open_until")


@dataclass(frozen=True, slots=True)
class Update:
    """Attributes to set, to set where they are absent (`first_wins`) and to remove, under a condition.

    `compared` holds the values that only the condition names, and `paths` the attributes that only it names.
    """

    assigned: Mapping[str, object] = field(default_factory=dict)
    first_wins: Mapping[str, object] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    condition: str | None = None
    compared: Mapping[str, object] = field(default_factory=dict)
    paths: tuple[str, ...] = ()

    def arguments(self) -> dict[str, Any]:
        """UpdateItem's arguments except table and key. `#x` stands for attribute x, `:x` for its new value."""
        values = {**self.assigned, **self.first_wins, **self.compared}
        sets = [f"#{name} = :{name}" for name in self.assigned]
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in self.first_wins]
        expression = "SET " + ", ".join(sets)
        if self.removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in self.removed)
        names = (*self.assigned, *self.first_wins, *self.removed, *self.paths)
        arguments: dict[str, Any] = {
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": to_wire({f":{name}": value for name, value in values.items()}),
        }
        if self.condition is not None:
            arguments["ConditionExpression"] = self.condition
        return arguments


def intents(record: LedgerRecord) -> tuple[Update, ...]:
    """The updates that add the record's last attempt. Try them in this order until a condition holds.

    An intent never overwrites its own outcome; earlier attempts are written with theirs. A late intent leaves a settled
    record settled, but returns an abandoned one to the index, because the reaper must add its cost to the sums. No
    condition holds for another client's record.
    """
    *ended, (last, intent) = ledger_item.attempts(record).items()
    opening, first_wins = _split(ledger_item.opening(record))
    index = ledger_item.unsettled(record)
    return (
        Update(
            {**opening, **index, "status": "open", **dict(ended)},
            {**first_wins, last: intent},
            condition="attribute_not_exists(#status) OR (#status = :status AND #client = :client)",
        ),
        Update(
            {**index, **dict(ended)},
            {last: intent},
            condition="#status = :closed AND #client = :client",
            compared={"closed": "abandoned", "client": record.client},
            paths=("status", "client"),
        ),
        Update(
            dict(ended),
            {last: intent},
            condition="#client = :client",
            compared={"client": record.client},
            paths=("client",),
        ),
    )


def outcomes(record: LedgerRecord) -> tuple[Update, ...]:
    """The updates that write an open record's attempts with their outcomes. Try them in this order.

    The second is for a record whose intent did not arrive. A closed record is left alone: it knows more.
    """
    attempts = ledger_item.attempts(record)
    opened = {**ledger_item.opening(record), **ledger_item.unsettled(record), "status": "open", **attempts}
    return (
        Update(attempts, condition="#status = :open", compared={"open": "open"}, paths=("status",)),
        Update(opened, condition="attribute_not_exists(#status)"),
    )


def settlement(record: LedgerRecord) -> Update:
    """Writes the whole record, unless the item is another client's."""
    closing, first_wins = _split(ledger_item.closing(record))
    assigned = {**closing, **ledger_item.attempts(record), "status": record.status}
    return Update(
        assigned, first_wins, removed=_INDEX_KEYS, condition="attribute_not_exists(#client) OR #client = :client"
    )


def _split(attributes: dict[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """(attributes to set, attributes to set once): a later execution must not move money to other tags."""
    return {name: value for name, value in attributes.items() if name != "tags"}, {"tags": attributes["tags"]}


def abandonment(record: LedgerRecord) -> Update:
    """Closes a record as it was read. The condition fails if anything of it has changed since.

    A new attempt of the same execution has the next number; another execution has another deadline.
    """
    names = list(ledger_item.attempts(record))
    next_name = ledger_item.attempt_name(record.last_number + 1)
    unchanged = [f"#{name}.#cost_state = :{name}_state AND #{name}.#cost_max_usd = :{name}_bound" for name in names]
    compared: dict[str, object] = {"open": "open"}
    if record.open_until is not None:
        unchanged.append("#open_until = :until")
        compared["until"] = iso(record.open_until)
    for name, attempt in zip(names, record.attempts, strict=True):
        compared |= {f"{name}_state": attempt.cost_state, f"{name}_bound": attempt.cost_max_usd}
    return Update(
        {**ledger_item.costs(record), "status": "abandoned"},
        removed=_INDEX_KEYS,
        condition=" AND ".join(
            ["#status IN (:open, :status)", f"attribute_not_exists(#{next_name})", *unchanged],
        ),
        compared=compared,
        paths=(*names, next_name, "cost_state"),
    )


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
