"""Lambda's event source mapping for SQS in small: receives batches, invokes the function, deletes what it took.

A message that the function did not take stays, and is delivered again once its visibility timeout is over, as in SQS.
"""

import hashlib
import json
import random
import sys
import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from devtools.local_stack.aws.resources import client
from devtools.local_stack.functions.host import LambdaHost
from devtools.local_stack.functions.runtime_api import InvocationResult
from devtools.local_stack.template.reader import REGION
from devtools.local_stack.template.resources import QueueSource

#: How long one call waits for messages: each is some milliseconds that a request may have to wait for.
_WAIT_SECONDS = 5
_PAUSE_SECONDS = 1
_CLOSING_SECONDS = 5.0


class QueuePoller:
    """Feeds one queue to one function, a batch at a time.

    ``repeated`` is the share of messages that are delivered again although they were taken: SQS promises no less.
    """

    def __init__(self, source: QueueSource, host: LambdaHost, aws_url: str, *, repeated: float = 0.0) -> None:
        self._source = source
        self._host = host
        self._sqs = client("sqs", aws_url)
        self._repeated = repeated
        self._random = random.Random(0)  # noqa: S311 - chance, not secrecy
        self._stop = threading.Event()
        self._waiting = False
        self._thread = threading.Thread(target=self._poll, name=f"poller-{source.function}", daemon=True)

    def start(self) -> None:
        """Poll in the background."""
        self._thread.start()

    def close(self) -> None:
        """Stop polling, after the batch that is under way."""
        self._stop.set()
        if self._thread.is_alive() and not self._waiting:
            self._thread.join(_CLOSING_SECONDS)

    def _poll(self) -> None:
        url = self._source.queue_url
        while not self._stop.is_set():
            self._waiting = True
            try:
                received = self._sqs.receive_message(
                    QueueUrl=url,
                    MaxNumberOfMessages=min(10, self._source.batch_size),
                    WaitTimeSeconds=_WAIT_SECONDS,
                    AttributeNames=["All"],
                )
                self._waiting = False
                messages = received.get("Messages")
                if messages and not self._stop.is_set():  # else they are delivered again once they are visible
                    self._deliver(messages)
            except (BotoCoreError, ClientError) as error:
                if not self._stop.wait(_PAUSE_SECONDS):  # a fault on order, or the stack is ending
                    print(f"poller of {self._source.function}: {error}", file=sys.stderr)

    def _deliver(self, messages: list[dict[str, Any]]) -> None:
        event = {"Records": [_record(message, self._source.queue_arn) for message in messages]}
        result = self._host.invoke(json.dumps(event).encode())
        failed = _failed(result, messages, partial=self._source.partial_failures)
        for message in messages:
            if message["MessageId"] not in failed and self._random.random() >= self._repeated:
                self._sqs.delete_message(QueueUrl=self._source.queue_url, ReceiptHandle=message["ReceiptHandle"])


def _failed(result: InvocationResult | None, messages: list[dict[str, Any]], *, partial: bool) -> set[str]:
    """Which messages stay: all after an error, those that the answer names after a partial failure."""
    everything = {str(message["MessageId"]) for message in messages}
    if result is None or result.failed:
        return everything
    answer = json.loads(result.payload)
    if not partial or not isinstance(answer, dict):
        return set()
    named = {str(item.get("itemIdentifier")) for item in answer.get("batchItemFailures") or ()}
    return named if named <= everything else everything  # an unknown name fails the batch, as in Lambda


def _record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    body = message["Body"]
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": body,
        "attributes": dict(message.get("Attributes") or {}),
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": REGION,
    }
