"""Feedback on ledger records: one conditional write that no settlement overwrites."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from model_router.adapters.aws.dynamodb import conflicting_item, from_wire, to_wire
from model_router.adapters.aws.errors import raised_as
from model_router.adapters.ledger.item import key
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.requests.feedback import Feedback

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Of two with the same time the second wins: it is a retry.
_CONDITION = "#client = :client AND (attribute_not_exists(feedback) OR feedback.#at <= :at)"


class DynamoFeedback:
    """The `FeedbackStore` port over the ledger's table."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def put(self, feedback: Feedback, client: str) -> Mapping[str, Any] | None:
        stored = feedback.to_json()
        with raised_as(LedgerUnavailable):
            existing = conflicting_item(
                self._dynamodb.update_item,
                TableName=self._table,
                Key=key(feedback.request_id),
                UpdateExpression="SET feedback = :feedback",
                ConditionExpression=_CONDITION,
                ExpressionAttributeNames={"#client": "client", "#at": "at"},
                ExpressionAttributeValues=to_wire({":feedback": stored, ":client": client, ":at": stored["at"]}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return stored if existing is None else _later_feedback(from_wire(existing), client)


def _later_feedback(item: Mapping[str, Any], client: str) -> Mapping[str, Any] | None:
    """The later feedback that the client's record already has; None if the client has no such record."""
    later: Mapping[str, Any] | None = item.get("feedback")
    return later if item.get("client") == client else None
