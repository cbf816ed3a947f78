"""SQS: the queue of jobs, and the spool of ledger records that DynamoDB did not accept."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import reason
from model_router.domain.executions.ports import StorageUnavailable
from model_router.domain.ledger.ports import SpoolUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import to_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MAX_MESSAGE_BYTES = 1_048_576
"""SQS's limit (1 MiB)."""


class SqsJobs:
    """The `JobQueue` port over a standard queue."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, text: str) -> None:
        try:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable(reason(error)) from error

    def redeliver_in(self, receipt: str, seconds: int) -> None:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError):
            return  # the message is delivered again after the queue's own visibility timeout


class SqsSpool:
    """The `Spool` port over a standard queue. Ledger writes commute, so order and single delivery are not needed."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def keep(self, record: LedgerRecord) -> None:
        text = to_text(record)
        if len(text.encode()) > MAX_MESSAGE_BYTES:
            raise SpoolUnavailable("SendMessage: the record exceeds the size limit of a message")
        try:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)
        except (BotoCoreError, ClientError) as error:
            raise SpoolUnavailable(reason(error)) from error
