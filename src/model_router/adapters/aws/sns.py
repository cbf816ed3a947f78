"""Notices by SNS: e-mail or whatever else subscribes to the topic."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import code
from model_router.domain.spend.ports import SpendUnavailable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_MAX_SUBJECT = 99


class SnsNotices:
    """The `Notices` port over a topic."""

    def __init__(self, sns: "SNSClient", topic_arn: str) -> None:
        self._sns = sns
        self._topic_arn = topic_arn

    def send(self, subject: str, text: str) -> None:
        # SNS takes printable ASCII there, less than 100 characters of it.
        plain = subject.encode("ascii", "replace").decode()[:_MAX_SUBJECT]
        try:
            self._sns.publish(TopicArn=self._topic_arn, Subject=plain, Message=text)
        except (BotoCoreError, ClientError) as error:
            raise SpendUnavailable(f"sending the notice: {code(error)}") from error
