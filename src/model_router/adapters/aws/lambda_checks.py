"""Checks of answers by functions of the account (`domain.validators.ports.AnswerChecks`), invoked synchronously."""

import json
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.domain.validators.ports import CheckUnavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

#: Lambda's limit of a synchronous payload, in bytes.
MAX_PAYLOAD = 6 * 1024 * 1024


class LambdaChecks:
    """`make_client` is called at the first check: a stack whose rules name no function makes no client.

    botocore knows timeouts by client, not by call, and the time that a request has left is another each time: hence a
    thread a call, which is left behind when its time is over.
    """

    def __init__(self, make_client: "Callable[[], LambdaClient]") -> None:
        self._make_client = make_client
        self._client: LambdaClient | None = None

    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        """The function's answer, JSON. Raises CheckUnavailable, whose text quotes no payload."""
        body = json.dumps(payload).encode()
        if len(body) > MAX_PAYLOAD:
            raise CheckUnavailable("the answer and its source are over 6 MB")
        outcome: queue.SimpleQueue[object] = queue.SimpleQueue()
        threading.Thread(target=lambda: outcome.put(self._invoked(function, body)), daemon=True).start()
        try:
            reply = outcome.get(timeout=timeout_seconds)
        except queue.Empty:
            raise CheckUnavailable(f"it did not answer within {timeout_seconds:.1f} seconds") from None
        if isinstance(reply, CheckUnavailable):
            raise reply
        return reply

    def _invoked(self, function: str, body: bytes) -> object:
        """The function's answer, or the CheckUnavailable that says why there is none."""
        try:
            if self._client is None:
                self._client = self._make_client()
            made = self._client.invoke(FunctionName=function, Payload=body)
            failed, text = made.get("FunctionError"), made["Payload"].read()
        except ClientError as error:
            return CheckUnavailable(f"Lambda refused the call: {error.response['Error'].get('Code', 'unknown')}")
        except (BotoCoreError, OSError) as error:
            return CheckUnavailable(f"Lambda could not be reached: {type(error).__name__}")
        if failed:
            return CheckUnavailable("it ended in an error")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return CheckUnavailable("its answer is not JSON")
