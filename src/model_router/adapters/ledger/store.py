"""The ledger in DynamoDB: a record an item, found by its request id alone. What is written is `ledger_update`'s.

Every write may be repeated and come late: a write that timed out on our side may still arrive.
"""

from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import code, reason
from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.updates import Update, abandonment, intents, outcomes, settlement
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.ports import ForeignRecord, LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_deserialize = TypeDeserializer().deserialize


class DynamoLedger:
    """The `Ledger` port over a table whose keys are `pk` and `sk`."""

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
        partition, sort = ledger_key(request_id)
        try:
            answer = self._dynamodb.get_item(
                TableName=self._table, Key={"pk": {"S": partition}, "sk": {"S": sort}}, ConsistentRead=True
            )
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable(reason(error)) from error
        item = answer.get("Item")
        return ledger_item.to_record({name: _deserialize(value) for name, value in item.items()}) if item else None

    def _update(self, request_id: str, update: Update) -> bool:
        """Whether the update's condition held. Raises LedgerUnavailable."""
        partition, sort = ledger_key(request_id)
        try:
            self._dynamodb.update_item(
                TableName=self._table, Key={"pk": {"S": partition}, "sk": {"S": sort}}, **update.arguments()
            )
        except (BotoCoreError, ClientError) as error:
            if code(error) == "ConditionalCheckFailedException":
                return False
            raise LedgerUnavailable(reason(error)) from error
        return True
