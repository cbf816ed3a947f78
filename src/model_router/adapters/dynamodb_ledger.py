"""The ledger in DynamoDB: a record an item, found by its request id alone.

Intents are written while a record is open; a late one finds it settled and adds its attempt without opening it again.
The settling write sets everything, so it may be repeated. Nothing older ever overwrites it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters import ledger_item
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ports import LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class DynamoLedger:
    """The `Ledger` port over a table whose keys are `pk` and `sk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add_intent(self, record: LedgerRecord) -> None:
        *ended, _ = ledger_item.attempts(record).items()
        intent = _last_attempt(record)
        opening = {
            **ledger_item.opening(record),
            **ledger_item.unsettled(record),
            "status": "open",
            **dict(ended),
        }
        try:
            self._update(record, _Update(opening, first_wins=intent, while_open=True))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise LedgerUnavailable(_reason(error)) from error
            self._write(record, _Update({}, first_wins=intent))

    def settle(self, record: LedgerRecord) -> None:
        whole = {**ledger_item.closing(record), **ledger_item.attempts(record), "status": record.status}
        self._write(record, _Update(whole, removed=("open_shard", "open_until")))

    def read(self, request_id: str) -> LedgerRecord | None:
        partition, sort = ledger_key(request_id)
        try:
            answer = self._dynamodb.get_item(
                TableName=self._table, Key={"pk": {"S": partition}, "sk": {"S": sort}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable(_reason(error)) from error
        item = answer.get("Item")
        return ledger_item.to_record({name: _deserialize(value) for name, value in item.items()}) if item else None

    def _write(self, record: LedgerRecord, update: "_Update") -> None:
        try:
            self._update(record, update)
        except ClientError as error:
            raise LedgerUnavailable(_reason(error)) from error

    def _update(self, record: LedgerRecord, update: "_Update") -> None:
        partition, sort = ledger_key(record.request_id)
        try:
            self._dynamodb.update_item(
                TableName=self._table, Key={"pk": {"S": partition}, "sk": {"S": sort}}, **update.arguments()
            )
        except BotoCoreError as error:
            raise LedgerUnavailable(_reason(error)) from error


class _Update:
    """An UpdateItem: attributes that are set, that are set once and then stay, and that are removed."""

    def __init__(
        self,
        assigned: Mapping[str, object],
        *,
        first_wins: Mapping[str, object] | None = None,
        removed: tuple[str, ...] = (),
        while_open: bool = False,
    ) -> None:
        self._assigned = assigned
        self._first_wins = first_wins or {}
        self._removed = removed
        self._while_open = while_open

    def arguments(self) -> dict[str, Any]:
        values = {**self._assigned, **self._first_wins}
        names = {f"#{name}": name for name in (*values, *self._removed)}
        sets = [f"#{name} = :{name}" for name in self._assigned]
        sets += [f"#{name} = if_not_exists(#{name}, :{name})" for name in self._first_wins]
        expression = "SET " + ", ".join(sets)
        if self._removed:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in self._removed)
        arguments: dict[str, Any] = {
            "UpdateExpression": expression,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{name}": _serialize(value) for name, value in values.items()},
        }
        if self._while_open:
            arguments["ConditionExpression"] = "attribute_not_exists(#status) OR #status = :status"
        return arguments


def _last_attempt(record: LedgerRecord) -> dict[str, object]:
    number = len(record.attempts)
    return {ledger_item.attempt_name(number): record.attempts[-1].to_json()}


def _reason(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return f"{error.operation_name}: {error.response['Error']['Code']}"
    return type(error).__name__
