"""DynamoDB's form of values, and conditional writes."""

from collections.abc import Callable, Mapping
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from model_router.adapters.aws.errors import code


class _Serializer(TypeSerializer):
    """Replaces lone surrogates. Claude's JSON may contain them, and DynamoDB would never accept the record."""

    def serialize(self, value: Any) -> Any:
        if isinstance(value, str) and not value.isascii():
            value = value.encode(errors="replace").decode()
        return super().serialize(value)


_serialize = _Serializer().serialize
_deserialize = TypeDeserializer().deserialize


def to_wire(values: Mapping[str, object]) -> dict[str, Any]:
    """Python values in DynamoDB's form: `{"a": 1}` → `{"a": {"N": "1"}}`."""
    return {name: _serialize(value) for name, value in values.items()}


def from_wire(item: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `to_wire`."""
    return {name: _deserialize(value) for name, value in item.items()}


def conflicting_item(write: Callable[..., object], **arguments: Any) -> Mapping[str, Any] | None:
    """Makes a conditional write. Returns None if its condition held.

    Otherwise returns the item that failed the condition, in DynamoDB's form; it is empty if there is none or if the
    write does not ask for it (`ReturnValuesOnConditionCheckFailure`). Raises the SDK's other errors.
    """
    try:
        write(**arguments)
    except ClientError as error:
        if code(error) != "ConditionalCheckFailedException":
            raise
        response: Any = error.response
        item: Mapping[str, Any] = response.get("Item", {})
        return item
    return None
