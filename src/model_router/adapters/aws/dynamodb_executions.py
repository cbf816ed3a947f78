"""Runs in DynamoDB: an item each, found by its name. Every step is one conditional write, so two never both make it.

TTL removes an item some time after it has expired; until then it is read as if it were gone.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import code, reason
from model_router.domain.executions.execution import CLAIMABLE, Execution, ExecutionStatus
from model_router.domain.executions.ports import StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
_NAMES = {"#status": "status", "#owner": "owner"}
_GONE = "attribute_not_exists(pk) OR expires_at <= :now"
#: Free: nothing there, waiting to be run, or left behind by a process that died with the same request.
_FREE = (
    f"{_GONE} OR ((#status IN ({', '.join(f':{status}' for status in CLAIMABLE)})"
    " OR (#status = :running AND lease_until <= :now)) AND fingerprint = :fingerprint AND #client = :client)"
)
_OURS = "#status = :status AND #owner = :owner"


class DynamoExecutions:
    """The `ExecutionStore` port over a table whose key is `pk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def claim(self, execution: Execution, now: datetime) -> Execution | None:
        stored = _stored(execution)
        values = {":now": int(now.timestamp()), ":one": 1, **{f":{name}": value for name, value in stored.items()}}
        values |= {f":{status}": status for status in (*CLAIMABLE, "running")}
        assigned = ", ".join(f"#{name} = :{name}" for name in stored)
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"pk": {"S": execution.name}},
                UpdateExpression=f"SET {assigned} ADD #times :one",
                ConditionExpression=_FREE,
                ExpressionAttributeNames={f"#{name}": name for name in (*stored, "times")},
                ExpressionAttributeValues=_wire(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            answer: Any = error.response
            if answer["Error"]["Code"] != "ConditionalCheckFailedException":
                raise StorageUnavailable(reason(error)) from error
            existing = _execution(answer["Item"])
            # The SDK retries a write whose response was lost: the existing claim may be this one.
            return None if existing.owner == execution.owner else existing
        except BotoCoreError as error:
            raise StorageUnavailable(type(error).__name__) from error
        return None

    def put_new(self, execution: Execution, now: datetime) -> bool:
        arguments = {"Item": _item(execution), "ConditionExpression": _GONE}
        return self._write("put_item", arguments, {":now": int(now.timestamp())})

    def read(self, name: str, now: datetime) -> Execution | None:
        try:
            answer = self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": name}}, ConsistentRead=True)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(reason(error)) from error
        found = _execution(answer["Item"]) if "Item" in answer else None
        return found if found is not None and found.expires_at > now else None

    def advance(self, execution: Execution, status: ExecutionStatus) -> bool:
        """True as well if an earlier send of this write, whose response was lost, has done it."""
        arguments = {
            "Key": {"pk": {"S": execution.name}},
            "UpdateExpression": "SET #status = :next",
            "ConditionExpression": _OURS,
            "ExpressionAttributeNames": _NAMES,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        values = {":next": status, ":status": execution.status, ":owner": execution.owner}
        return self._write("update_item", arguments, values, made={"status": status, "owner": execution.owner})

    def forget(self, execution: Execution) -> None:
        arguments = {
            "Key": {"pk": {"S": execution.name}},
            "ConditionExpression": _OURS,
            "ExpressionAttributeNames": _NAMES,
        }
        self._write("delete_item", arguments, {":status": execution.status, ":owner": execution.owner})

    def _write(
        self,
        method: str,
        arguments: dict[str, Any],
        values: Mapping[str, object],
        *,
        made: Mapping[str, str] | None = None,
    ) -> bool:
        """Whether the condition was met, or the existing item already has the values of `made`."""
        try:
            getattr(self._dynamodb, method)(TableName=self._table, ExpressionAttributeValues=_wire(values), **arguments)
        except (BotoCoreError, ClientError) as error:
            if code(error) == "ConditionalCheckFailedException":
                existing = getattr(error, "response", {}).get("Item", {})
                return made is not None and all(existing.get(name) == _serialize(value) for name, value in made.items())
            raise StorageUnavailable(reason(error)) from error
        return True


def _item(execution: Execution) -> dict[str, Any]:
    return _wire({"pk": execution.name, **_stored(execution)})


def _stored(execution: Execution) -> dict[str, object]:
    """An execution's attributes, without its key and its number of claims, which only a claim changes."""
    stored: dict[str, object] = {
        "client": execution.client,
        "fingerprint": execution.fingerprint,
        "status": execution.status,
        "owner": execution.owner,
        "expires_at": int(execution.expires_at.timestamp()),
    }
    if execution.lease_until is not None:
        stored["lease_until"] = int(execution.lease_until.timestamp())
    return stored


def _execution(item: dict[str, Any]) -> Execution:
    stored = {name: _deserialize(value) for name, value in item.items()}
    lease = stored.get("lease_until")
    return Execution(
        name=stored["pk"],
        client=stored["client"],
        fingerprint=stored["fingerprint"],
        status=stored["status"],
        owner=stored["owner"],
        expires_at=datetime.fromtimestamp(int(stored["expires_at"]), UTC),
        lease_until=None if lease is None else datetime.fromtimestamp(int(lease), UTC),
        claims=int(stored.get("times", 0)),
    )


def _wire(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in values.items()}
