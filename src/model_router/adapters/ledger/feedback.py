"""Feedback on the ledger's records: one conditional write, which no settlement overwrites and which overwrites none."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import reason
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.requests.feedback import Feedback

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
# Of two of the same moment the second wins: that is what a repetition is.
_CONDITION = "#client = :client AND (attribute_not_exists(feedback) OR feedback.#at <= :at)"


class DynamoFeedback:
    """The `FeedbackStore` port over the ledger's table."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def put(self, feedback: Feedback, client: str) -> Mapping[str, Any] | None:
        partition, sort = ledger_key(feedback.request_id)
        stored = feedback.to_json()
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"pk": {"S": partition}, "sk": {"S": sort}},
                UpdateExpression="SET feedback = :feedback",
                ConditionExpression=_CONDITION,
                ExpressionAttributeNames={"#client": "client", "#at": "at"},
                ExpressionAttributeValues={
                    ":feedback": _serialize(stored),
                    ":client": {"S": client},
                    ":at": _serialize(stored["at"]),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise LedgerUnavailable(reason(error)) from error
            return _later(error, client)
        except BotoCoreError as error:
            raise LedgerUnavailable(reason(error)) from error
        return stored


def _later(error: ClientError, client: str) -> Mapping[str, Any] | None:
    """The feedback that kept a write out; None where it was not the client's record, or none at all."""
    response: Mapping[str, Any] = error.response
    item = response.get("Item") or {}
    if "feedback" not in item or _deserialize(item.get("client", {"NULL": True})) != client:
        return None
    stands: Mapping[str, Any] = _deserialize(item["feedback"])
    return stands
