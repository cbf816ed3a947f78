"""Stored executions (jobs, and requests under idempotency keys) in DynamoDB, one item per name.

Every step is one conditional write, so of two processes only one takes it. TTL removes an item some time after it has
expired; until then it is treated as absent.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from model_router.adapters.aws.dynamodb import conflicting_item, from_wire, to_wire
from model_router.adapters.aws.errors import raised_as
from model_router.domain.executions.execution import CLAIMABLE, Execution, ExecutionStatus
from model_router.domain.executions.ports import StorageUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ABSENT = "attribute_not_exists(pk) OR expires_at <= :now"
#: Absent, waiting, or left behind by a process that died; in the last two cases by the same request.
_FREE = (
    f"{_ABSENT} OR ((#status IN ({', '.join(f':{status}' for status in CLAIMABLE)})"
    " OR (#status = :running AND lease_until <= :now)) AND fingerprint = :fingerprint AND #client = :client)"
)
#: The item is where this owner left it.
_UNCHANGED = {
    "ConditionExpression": "#status = :status AND #owner = :owner",
    "ExpressionAttributeNames": {"#status": "status", "#owner": "owner"},
}


class DynamoExecutions:
    """The `ExecutionStore` port over a table whose key is `pk`."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def claim(self, execution: Execution, now: datetime) -> Execution | None:
        stored = _attributes(execution)
        values = {":now": int(now.timestamp()), ":one": 1, **{f":{name}": value for name, value in stored.items()}}
        values |= {f":{status}": status for status in (*CLAIMABLE, "running")}
        assignments = ", ".join(f"#{name} = :{name}" for name in stored)
        with raised_as(StorageUnavailable):
            existing = conflicting_item(
                self._dynamodb.update_item,
                TableName=self._table,
                Key={"pk": {"S": execution.name}},
                UpdateExpression=f"SET {assignments} ADD #times :one",
                ConditionExpression=_FREE,
                ExpressionAttributeNames={f"#{name}": name for name in (*stored, "times")},
                ExpressionAttributeValues=to_wire(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        if existing is None:
            return None
        conflict = _execution(existing)
        # A retried write may meet its own first copy.
        return None if conflict.owner == execution.owner else conflict

    def put_new(self, execution: Execution, now: datetime) -> bool:
        with raised_as(StorageUnavailable):
            existing = conflicting_item(
                self._dynamodb.put_item,
                TableName=self._table,
                Item=to_wire({"pk": execution.name, **_attributes(execution)}),
                ConditionExpression=_ABSENT,
                ExpressionAttributeValues=to_wire({":now": int(now.timestamp())}),
            )
        return existing is None

    def read(self, name: str, now: datetime) -> Execution | None:
        with raised_as(StorageUnavailable):
            response = self._dynamodb.get_item(TableName=self._table, Key={"pk": {"S": name}}, ConsistentRead=True)
        execution = _execution(response["Item"]) if "Item" in response else None
        return execution if execution is not None and execution.expires_at > now else None

    def advance(self, execution: Execution, status: ExecutionStatus) -> bool:
        values = {":next": status, ":status": execution.status, ":owner": execution.owner}
        with raised_as(StorageUnavailable):
            existing = conflicting_item(
                self._dynamodb.update_item,
                TableName=self._table,
                Key={"pk": {"S": execution.name}},
                UpdateExpression="SET #status = :next",
                ExpressionAttributeValues=to_wire(values),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **_UNCHANGED,
            )
        # A retried write may meet its own first copy.
        return existing is None or to_wire({"status": status, "owner": execution.owner}).items() <= existing.items()

    def forget(self, execution: Execution) -> None:
        with raised_as(StorageUnavailable):
            conflicting_item(
                self._dynamodb.delete_item,
                TableName=self._table,
                Key={"pk": {"S": execution.name}},
                ExpressionAttributeValues=to_wire({":status": execution.status, ":owner": execution.owner}),
                **_UNCHANGED,
            )


def _attributes(execution: Execution) -> dict[str, object]:
    """The attributes without the key and without the number of claims, which only claims change."""
    attributes: dict[str, object] = {
        "client": execution.client,
        "fingerprint": execution.fingerprint,
        "status": execution.status,
        "owner": execution.owner,
        "expires_at": int(execution.expires_at.timestamp()),
    }
    if execution.lease_until is not None:
        attributes["lease_until"] = int(execution.lease_until.timestamp())
    return attributes


def _execution(item: Mapping[str, Any]) -> Execution:
    attributes = from_wire(item)
    lease = attributes.get("lease_until")
    return Execution(
        name=attributes["pk"],
        client=attributes["client"],
        fingerprint=attributes["fingerprint"],
        status=attributes["status"],
        owner=attributes["owner"],
        expires_at=datetime.fromtimestamp(int(attributes["expires_at"]), UTC),
        lease_until=None if lease is None else datetime.fromtimestamp(int(lease), UTC),
        claims=int(attributes.get("times", 0)),
    )
