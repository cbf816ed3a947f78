"""The budgets' counters in DynamoDB: an item for each account and month, and for each of its shards.

Every step is one conditional UpdateItem, so it holds under any number of callers. The attribute that marks a step is
written with it: a repetition (of ours, or of botocore's after a lost answer) finds it and changes nothing.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws_errors import reason
from model_router.domain.budgets.account import MONTH
from model_router.domain.budgets.entry import Entry, Hold
from model_router.domain.budgets.ports import BudgetsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
_MARK = "#mark"


class DynamoBudgets:
    """The `Budgets` port over a table whose key is `pk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def add(self, entry: Entry) -> Mapping[str, Decimal] | None:
        values: dict[str, object] = {":value": entry.mark_value, ":expires": int(entry.expires_at.timestamp())}
        names = {_MARK: entry.mark, "#expires": "expires_at"}
        conditions = [f"(attribute_not_exists({_MARK}) OR {_MARK} <> :value)"]
        for counter, ceiling in entry.ceilings.items():
            room = ceiling - entry.deltas[counter]
            names[f"#{counter}"], values[f":room_{counter}"] = counter, room
            # An absent counter is zero, which fits wherever there is room for the delta itself.
            fits = f"#{counter} <= :room_{counter}"
            conditions.append(f"(attribute_not_exists(#{counter}) OR {fits})" if room >= 0 else fits)
        additions = []
        for counter, delta in entry.deltas.items():
            names[f"#{counter}"], values[f":{counter}"] = counter, delta
            additions.append(f"#{counter} :{counter}")
        try:
            self._update(
                entry.key,
                f"SET {_MARK} = :value, #expires = :expires ADD {', '.join(additions)}",
                " AND ".join(conditions),
                names,
                values,
            )
        except _ConditionFailed as failed:
            return None if failed.item.get(entry.mark) == entry.mark_value else _counters(failed.item)
        return None

    def settle(self, hold: Hold, change: Decimal) -> None:
        names = {_MARK: hold.mark} | {f"#{counter}": counter for counter in hold.counters}
        additions = ", ".join(f"#{counter} :change" for counter in hold.counters)
        try:
            self._update(
                hold.key, f"REMOVE {_MARK} ADD {additions}", f"attribute_exists({_MARK})", names, {":change": change}
            )
        except _ConditionFailed:
            return

    def read(self, keys: Sequence[str], mark: str) -> tuple[Mapping[str, Mapping[str, Decimal]], str | None]:
        wanted: Any = {self._table: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        try:
            answer = self._dynamodb.batch_get_item(RequestItems=wanted)
        except (BotoCoreError, ClientError) as error:
            raise BudgetsUnavailable(reason(error)) from error
        items = {item["pk"]["S"]: _plain(item) for item in answer["Responses"].get(self._table, [])}
        marked = next((key for key, item in items.items() if mark in item), None)
        return {key: _counters(item) for key, item in items.items()}, marked

    def _update(
        self, key: str, update: str, condition: str, names: Mapping[str, str], values: Mapping[str, object]
    ) -> None:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"pk": {"S": key}},
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={name: _serialize(value) for name, value in values.items()},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise BudgetsUnavailable(reason(error)) from error
            response: Mapping[str, Any] = error.response
            raise _ConditionFailed(_plain(response.get("Item", {}))) from None
        except BotoCoreError as error:
            raise BudgetsUnavailable(reason(error)) from error


class _ConditionFailed(Exception):
    """The item stood against the step."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__("a condition failed")
        self.item = item


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


def _counters(item: Mapping[str, Any]) -> dict[str, Decimal]:
    return {name: value for name, value in item.items() if _is_counter(name) and isinstance(value, Decimal)}


def _is_counter(name: str) -> bool:
    return name == MONTH or (len(name) == 3 and name[0] == "d" and name[1:].isdigit())
