"""The budgets' items in DynamoDB: one for each account and month, and one for each of its shards.

Every entry is one conditional UpdateItem, so it holds under any number of callers.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import reason
from model_router.domain.budgets.entry import FENCE, Answer, Entry, Item
from model_router.domain.budgets.ports import BudgetsUnavailable
from model_router.domain.money.pricing import ZERO

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_deserialize = TypeDeserializer().deserialize
_NOT_OURS = frozenset(("pk", "expires_at"))


class DynamoBudgets:
    """The `Budgets` port over a table whose key is `pk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def write(self, entry: Entry) -> Answer:
        update = _Update(entry)
        conditions = {"ConditionExpression": update.condition} if update.condition else {}
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
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise BudgetsUnavailable(reason(error)) from error
            refused: Mapping[str, Any] = error.response
            return Answer(False, _item(refused.get("Item", {})), _repeated(refused))
        except BotoCoreError as error:
            raise BudgetsUnavailable(reason(error)) from error
        return Answer(True, _item(response.get("Attributes", {})), _repeated(response))

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        wanted: Any = {self._table: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        try:
            answer = self._dynamodb.batch_get_item(RequestItems=wanted)
        except (BotoCoreError, ClientError) as error:
            raise BudgetsUnavailable(reason(error)) from error
        return {item["pk"]["S"]: _item(item) for item in answer["Responses"].get(self._table, [])}


class _Update:
    """An entry in DynamoDB's expressions."""

    def __init__(self, entry: Entry) -> None:
        self.names = {"#expires": "expires_at"}
        self.values = {":expires": {"N": str(int(entry.expires_at.timestamp()))}}
        self._numbers: dict[str, str] = {}
        self.condition = " AND ".join(self._conditions(entry))
        sets = [f"{self._name(name)} = {self._value(value)}" for name, value in entry.sets.items()]
        adds = [f"{self._name(counter)} {self._value(delta)}" for counter, delta in entry.deltas.items()]
        removes = [self._name(name) for name in entry.removes]
        clauses = {"SET": ["#expires = :expires", *sets], "ADD": adds, "REMOVE": removes}
        self.expression = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)

    def _conditions(self, entry: Entry) -> Iterable[str]:
        for name, expected in entry.expected.items():
            named = self._name(name)
            yield f"attribute_not_exists({named})" if expected is None else f"{named} = {self._value(expected)}"
        if entry.after is not None:
            fence = self._name(FENCE)
            yield f"(attribute_not_exists({fence}) OR {fence} < {self._value(entry.after)})"
        for counter, ceiling in entry.ceilings.items():
            room = ceiling - entry.deltas.get(counter, ZERO)
            named = self._name(counter)
            fits = f"{named} <= {self._value(room)}"
            # An absent counter is zero, which fits wherever there is room for the delta itself.
            yield f"(attribute_not_exists({named}) OR {fits})" if room >= 0 else fits

    def _name(self, attribute: str) -> str:
        placeholder = self._numbers.setdefault(attribute, f"#a{len(self._numbers)}")
        self.names[placeholder] = attribute
        return placeholder

    def _value(self, value: Decimal | int | str) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = {"S": value} if isinstance(value, str) else {"N": _number(value)}
        return placeholder


def _number(value: Decimal | int) -> str:
    """Without an exponent: a difference of equal amounts is "0E-7" otherwise, which not every DynamoDB adds."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _item(attributes: Mapping[str, Any]) -> Item:
    return {name: _deserialize(value) for name, value in attributes.items() if name not in _NOT_OURS}


def _repeated(response: Mapping[str, Any]) -> bool:
    """Whether the client sent the call more than once: it does so where no answer came, or one of a fault."""
    return bool(response.get("ResponseMetadata", {}).get("RetryAttempts"))
