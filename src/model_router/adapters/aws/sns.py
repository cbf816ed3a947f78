"""Notices by SNS, for example by e-mail."""

from typing import TYPE_CHECKING

from model_router.adapters.aws.errors import raised_as
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
        # A subject must be printable ASCII and shorter than 100 characters.
        plain = subject.encode("ascii", "replace").decode()[:_MAX_SUBJECT]
        with raised_as(SpendUnavailable, "sending the notice: "):
            self._sns.publish(TopicArn=self._topic_arn, Subject=plain, Message=text)
