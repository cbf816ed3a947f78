"""Validators that are Lambda functions of the account, invoked synchronously."""

import json
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws.errors import code
from model_router.domain.validators.ports import CheckUnavailable

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

#: Lambda's limit of a synchronous payload, in bytes.
MAX_PAYLOAD = 6 * 1024 * 1024


class LambdaChecks:
    """The `AnswerChecks` port. `make_client` is called at the first check: few stacks have such validators.

    Each call gets the time that its request has left. botocore sets timeouts per client only, so every call has its own
    thread, which is abandoned at the deadline.
    """

    def __init__(self, make_client: "Callable[[], LambdaClient]") -> None:
        self._make_client = make_client
        self._client: LambdaClient | None = None

    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        """The function's JSON answer. Raises CheckUnavailable, whose text quotes no payload."""
        body = json.dumps(payload).encode()
        if len(body) > MAX_PAYLOAD:
            raise CheckUnavailable("the answer and its source are over 6 MB")
        outcome: queue.SimpleQueue[object] = queue.SimpleQueue()
        threading.Thread(target=lambda: outcome.put(self._invoke(function, body)), daemon=True).start()
        try:
            answer = outcome.get(timeout=timeout_seconds)
        except queue.Empty:
            raise CheckUnavailable(f"it did not answer within {timeout_seconds:.1f} seconds") from None
        if isinstance(answer, CheckUnavailable):
            raise answer
        return answer

    def _invoke(self, function: str, body: bytes) -> object:
        """The function's answer, or a CheckUnavailable that says why there is none."""
        try:
            if self._client is None:
                self._client = self._make_client()
            response = self._client.invoke(FunctionName=function, Payload=body)
            text = response["Payload"].read()
        except ClientError as error:
            return CheckUnavailable(f"Lambda refused the call: {code(error)}")
        except (BotoCoreError, OSError) as error:
            return CheckUnavailable(f"Lambda could not be reached: {type(error).__name__}")
        if "FunctionError" in response:
            return CheckUnavailable("it ended in an error")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return CheckUnavailable("its answer is not JSON")
