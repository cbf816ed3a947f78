"""The spool: an SQS queue of ledger records that DynamoDB did not take, each as one line of JSON."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws_errors import reason
from model_router.domain.ledger.ports import SpoolUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import to_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_MESSAGE_BYTES = 1_048_576
"""SQS's limit (1 MiB)."""


class SqsSpool:
    """The `Spool` port over a standard queue: order and single delivery are not needed, the ledger's writes commute."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def keep(self, record: LedgerRecord) -> None:
        text = to_text(record)
        if len(text.encode()) > MAX_MESSAGE_BYTES:
            raise SpoolUnavailable("SendMessage: the record is larger than a message may be")
        try:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)
        except (BotoCoreError, ClientError) as error:
            raise SpoolUnavailable(reason(error)) from error
