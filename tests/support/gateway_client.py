"""Calls the local stack as its callers do: over HTTP, by invocation, and by the jobs queue."""

import http.client
import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from devtools.local_stack.stack import LocalStack


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = response.read().decode()

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.text, parse_float=Decimal)
        return parsed

    @property
    def error(self) -> tuple[int, str]:
        assert self.json["type"] == "error"
        return self.status, self.json["error"]["type"]


def call(
    stack: LocalStack, method: str, path: str, body: object = None, key: str | None = "local", **headers: str
) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    sent = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()} | ({"x-api-key": key} if key else {})
    try:
        connection.request(method, path, sent, named)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def invoke(stack: LocalStack, payload: object) -> tuple[Any, str | None]:
    answer = stack.client("lambda").invoke(FunctionName=stack.host().function.arn, Payload=json.dumps(payload))
    return json.loads(answer["Payload"].read(), parse_float=Decimal), answer.get("FunctionError")


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true value of `condition`."""
    ends = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.1)
    return value


def event(stack: LocalStack, body: str, *, message_id: str = "m-1", received: int = 1) -> dict[str, Any]:
    """What Lambda hands the function for a message."""
    queue = stack.environment()["JOBS_QUEUE_URL"].rsplit("/", 1)[1]
    attributes = {"ApproximateReceiveCount": str(received), "SentTimestamp": "1795424400000"}
    record = {
        "messageId": message_id,
        "receiptHandle": "gone",
        "body": body,
        "attributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
    }
    return {"Records": [record]}


def deliver(stack: LocalStack, body: str, **of_event: Any) -> list[str]:
    """Delivers a message past the queue; the ids of those that are to come again."""
    result = stack.host().invoke(json.dumps(event(stack, body, **of_event)).encode(), 30)
    assert result is not None
    assert not result.failed, result.payload
    return [item["itemIdentifier"] for item in json.loads(result.payload)["batchItemFailures"]]
