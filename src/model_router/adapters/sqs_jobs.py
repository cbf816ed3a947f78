"""The queue of jobs."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws_errors import reason
from model_router.domain.runs.ports import RunsUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsJobs:
    """The `JobQueue` port over a standard queue."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def send(self, text: str) -> None:
        try:
            self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=text)
        except (BotoCoreError, ClientError) as error:
            raise RunsUnavailable(reason(error)) from error

    def again_in(self, receipt: str, seconds: int) -> None:
        try:
            self._sqs.change_message_visibility(
                QueueUrl=self._queue_url, ReceiptHandle=receipt, VisibilityTimeout=seconds
            )
        except (BotoCoreError, ClientError):
            return  # then it comes when the queue's own visibility timeout ends
