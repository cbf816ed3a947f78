"""Budget items in DynamoDB: one per account and month, and one per shard of it.

Every entry is one conditional UpdateItem, so limits hold under any number of callers.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from model_router.adapters.aws.dynamodb import from_wire
from model_router.adapters.aws.errors import code, raised_as
from model_router.domain.budgets.entry import FENCE, Answer, Entry, Item
from model_router.domain.budgets.ports import BudgetsUnavailable
from model_router.domain.money.pricing import ZERO

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BOOKKEEPING = frozenset(("pk", "expires_at"))


class DynamoBudgets:
    """The `Budgets` port over a table whose key is `pk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def write(self, entry: Entry) -> Answer:
        update = _Update(entry)
        conditions = {"ConditionExpression": update.condition} if update.condition else {}
        with raised_as(BudgetsUnavailable):
            try:
                response: Mapping[str, Any] = self._dynamodb.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": entry.key}},
                    UpdateExpression=update.expression,
                    ExpressionAttributeNames=update.names,
                    ExpressionAttributeValues=update.values,
                    ReturnValues="ALL_NEW" if entry.look else "NONE",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **conditions,  # type: ignore[arg-type]
                )
            except ClientError as error:
                if code(error) != "ConditionalCheckFailedException":
                    raise
                refusal: Mapping[str, Any] = error.response
                return Answer(False, _item(refusal.get("Item", {})), _was_retried(refusal))
        return Answer(True, _item(response.get("Attributes", {})), _was_retried(response))

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        requested: Any = {self._table: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        with raised_as(BudgetsUnavailable):
            response = self._dynamodb.batch_get_item(RequestItems=requested)
        return {item["pk"]["S"]: _item(item) for item in response["Responses"].get(self._table, [])}


class _Update:
    """An entry as DynamoDB's expressions."""

    def __init__(self, entry: Entry) -> None:
        self.names = {"#expires": "expires_at"}
        self.values = {":expires": {"N": str(int(entry.expires_at.timestamp()))}}
        self._placeholders: dict[str, str] = {}
        self.condition = " AND ".join(self._conditions(entry))
        sets = [f"{self._name(name)} = {self._value(value)}" for name, value in entry.sets.items()]
        adds = [f"{self._name(counter)} {self._value(delta)}" for counter, delta in entry.deltas.items()]
        removes = [self._name(name) for name in entry.removes]
        clauses = {"SET": ["#expires = :expires", *sets], "ADD": adds, "REMOVE": removes}
        self.expression = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)

    def _conditions(self, entry: Entry) -> Iterable[str]:
        for attribute, expected in entry.expected.items():
            name = self._name(attribute)
            yield f"attribute_not_exists({name})" if expected is None else f"{name} = {self._value(expected)}"
        if entry.after is not None:
            fence = self._name(FENCE)
            yield f"(attribute_not_exists({fence}) OR {fence} < {self._value(entry.after)})"
        for counter, ceiling in entry.ceilings.items():
            highest = ceiling - entry.deltas.get(counter, ZERO)
            name = self._name(counter)
            fits = f"{name} <= {self._value(highest)}"
            # An absent counter is zero, so the entry fits if its delta alone does.
            yield f"(attribute_not_exists({name}) OR {fits})" if highest >= 0 else fits

    def _name(self, attribute: str) -> str:
        placeholder = self._placeholders.setdefault(attribute, f"#a{len(self._placeholders)}")
        self.names[placeholder] = attribute
        return placeholder

    def _value(self, value: Decimal | int | str) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = {"S": value} if isinstance(value, str) else {"N": _number(value)}
        return placeholder


def _number(value: Decimal | int) -> str:
    """Without an exponent: the difference of equal amounts would be "0E-7", which some implementations cannot add."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _item(attributes: Mapping[str, Any]) -> Item:
    return from_wire({name: value for name, value in attributes.items() if name not in _BOOKKEEPING})


def _was_retried(response: Mapping[str, Any]) -> bool:
    """Whether the client sent the call more than once, so that an earlier copy may have been applied."""
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))
