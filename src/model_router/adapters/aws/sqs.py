"""SQS: the queue of jobs, and the spool of ledger records that DynamoDB did not accept."""

from contextlib import suppress
from typing import TYPE_CHECKING

from model_router.adapters.aws.errors import SDK_ERRORS, raised_as
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
        with raised_as(StorageUnavailable):
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)

    def redeliver_in(self, receipt: str, seconds: int) -> None:
        with suppress(*SDK_ERRORS):  # on failure the queue's own visibility timeout applies
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )


class SqsSpool:
    """The `Spool` port over a standard queue. Ledger writes commute, so order and single delivery are not needed."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def keep(self, record: LedgerRecord) -> None:
        text = to_text(record)
        if len(text.encode()) > MAX_MESSAGE_BYTES:
            raise SpoolUnavailable("SendMessage: the record exceeds the size limit of a message")
        with raised_as(SpoolUnavailable):
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)
