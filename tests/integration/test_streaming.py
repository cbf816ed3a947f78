"""Streamed answers through the whole local stack, read byte by byte from the wire."""

import http.client
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.runtime.answers import CONTENT_TYPE

pytestmark = pytest.mark.local

LABELS = {"validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]}


@pytest.fixture
def stack(shared_stack: LocalStack) -> LocalStack:
    return shared_stack


@pytest.fixture(scope="module")
def buffered() -> Iterator[LocalStack]:
    """The template's parameter Streaming set to false."""
    with LocalStack(StackOptions(workers=1, warm=1, parameters={"Streaming": "false"})) as running:
        yield running


@dataclass(slots=True)
class Heard:
    """Events in order, and when each came, in seconds from the request on."""

    status: int
    headers: dict[str, str]
    events: list[tuple[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def named(self, name: str) -> list[Any]:
        return [data for known, data in self.events if known == name]

    def text(self) -> str:
        return "".join(data["delta"]["text"] for data in self.named("content_block_delta"))


def send(stack: LocalStack, text: str, **fields: Any) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    body = {"model": "auto", "max_tokens": 100, "stream": True, "messages": [{"role": "user", "content": text}]}
    connection.request("POST", "/v1/messages", json.dumps({**body, **fields}), {"x-api-key": "any"})
    return connection


def listen(stack: LocalStack, text: str, **fields: Any) -> Heard:
    started = time.monotonic()
    connection = send(stack, text, **fields)
    response = connection.getresponse()
    heard = Heard(response.status, {name.lower(): value for name, value in response.getheaders()})
    name = ""
    for line in iter(response.readline, b""):
        key, _, value = line.decode().rstrip("\n").partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            heard.events.append((name, json.loads(value, parse_float=Decimal)))
            heard.times.append(time.monotonic() - started)
    connection.close()
    return heard


def script(stack: LocalStack, contains: str, **step: Any) -> None:
    connection = http.client.HTTPConnection(urlsplit(stack.standin_url or "").netloc, timeout=10)
    connection.request("POST", "/_standin/script", json.dumps([{"contains": contains, "times": 0, **step}]))
    assert connection.getresponse().read()
    connection.close()


def records(stack: LocalStack) -> dict[str, Any]:
    """Sort key → item of the ledger."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.environment()["LEDGER_TABLE"])
    return {item["sk"]["S"]: item for page in pages for item in page["Items"]}


def record(stack: LocalStack, request_id: str) -> Any:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=10)
    connection.request("GET", f"/v1/requests/{request_id}", headers={"x-api-key": "any"})
    told = json.loads(connection.getresponse().read(), parse_float=Decimal)
    connection.close()
    return told


def test_events_reach_the_caller_while_claude_is_still_at_it(stack: LocalStack) -> None:
    script(stack, "slowly of the sea", slow_stream=0.1)
    heard = listen(stack, "Tell me slowly of the sea")
    first = heard.times[heard.names().index("content_block_delta")]
    assert len(heard.named("content_block_delta")) > 5
    assert heard.times[-1] - first > 0.5
    assert heard.headers["content-type"].startswith("text/event-stream")
    assert heard.headers["x-router-tier"] == "sonnet"
    assert heard.headers["request-id"] == heard.named("message_start")[0]["message"]["router"]["request_id"]
    assert "x-router-cost-usd" not in heard.headers


def test_the_cost_at_the_end_is_that_of_the_settled_record(stack: LocalStack) -> None:
    heard = listen(stack, "Tell me of the sea")
    router = heard.named("message_delta")[0]["router"]
    settled = record(stack, router["request_id"])
    assert settled["status"] == "settled"
    assert router["cost_usd"] == settled["cost_usd"] > 0
    assert router["attempts"][0]["cost_state"] == "known"


def test_a_checked_answer_comes_whole_with_its_cost_in_the_headers(stack: LocalStack) -> None:
    script(stack, "checked of prizes", model="haiku", answer="It may be spam.")
    heard = listen(stack, "Classify this email, checked of prizes: click. Answer SPAM or NOT_SPAM.", router=LABELS)
    assert heard.text() in ("SPAM", "NOT_SPAM")
    assert heard.headers["x-router-escalated"] == "true"
    told = heard.named("message_start")[0]["message"]["router"]
    assert Decimal(heard.headers["x-router-cost-usd"]) == told["cost_usd"] > 0
    assert told == heard.named("message_delta")[0]["router"]


def test_a_silent_wait_is_filled_with_pings_and_what_fails_then_is_an_event(stack: LocalStack) -> None:
    script(stack, "a long silence", slow=11, status=529)
    heard = listen(stack, "a long silence", model="haiku")
    assert heard.status == 200
    assert heard.names() == ["ping", "error"]
    assert 9 < heard.times[0] < 11
    error = heard.named("error")[0]
    assert error["error"]["type"] == "overloaded_error"
    assert record(stack, error["request_id"])["status"] == "settled"


def test_an_error_before_the_first_event_is_an_http_error(stack: LocalStack) -> None:
    script(stack, "failing at once", status=529)
    connection = send(stack, "failing at once", model="haiku")
    response = connection.getresponse()
    told = json.loads(response.read())
    connection.close()
    assert (response.status, told["error"]["type"]) == (529, "overloaded_error")
    assert response.headers["content-type"] == "application/json"


def test_a_stream_that_claude_breaks_off_ends_in_an_error_event_and_a_settled_record(stack: LocalStack) -> None:
    script(stack, "cut in the middle", cut=2)
    heard = listen(stack, "cut in the middle, at length")
    assert heard.names()[-1] == "error"
    assert len(heard.named("content_block_delta")) == 2
    (attempt,) = record(stack, heard.named("error")[0]["request_id"])["attempts"]
    assert (attempt["cost_state"], attempt["error"]) == ("unknown", "connection")
    assert attempt["cost_max_usd"] > 0
    assert attempt["input_tokens"] > 0


def test_a_failure_before_the_first_content_is_answered_by_another_tier(stack: LocalStack) -> None:
    script(stack, "overloaded before a word", model="sonnet", error_in_stream=0)
    heard = listen(stack, "overloaded before a word of the sea")
    start = heard.named("message_start")[0]["message"]
    assert start["router"]["tier"] == heard.headers["x-router-tier"] == "opus"
    assert heard.names()[-1] == "message_stop"


def test_a_caller_who_hangs_up_in_mid_stream_leaves_a_settled_record_that_is_priced(stack: LocalStack) -> None:
    script(stack, "slowly to a closed connection", slow_stream=0.05)
    before = set(records(stack))
    connection = send(stack, "slowly to a closed connection", max_tokens=100)
    response = connection.getresponse()
    assert response.readline() == b"event: message_start\n"
    response.close()
    connection.close()
    item = _settled(stack, before)
    assert item["a01"]["M"]["cost_state"]["S"] == "known"
    assert item["a01"]["M"]["stop_reason"]["S"] in ("end_turn", "max_tokens")  # it was heard to its end


def _settled(stack: LocalStack, before: set[str]) -> Any:
    """The one record that was not there before, once it is settled."""
    deadline = time.monotonic() + 20
    while True:
        new = [item for key, item in records(stack).items() if key not in before]
        if len(new) == 1 and new[0]["status"]["S"] == "settled":
            return new[0]
        assert time.monotonic() < deadline, f"no settled record: {new}"
        time.sleep(0.05)


def test_the_plain_form_streams_nothing_and_waits_as_long(stack: LocalStack) -> None:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    connection.request("POST", "/v1/route", json.dumps({"prompt": "Tell me of the sea"}), {"x-api-key": "any"})
    response = connection.getresponse()
    assert json.loads(response.read())["tier"] == "sonnet"
    assert response.headers["content-type"] == "application/json"
    connection.close()


def test_a_direct_invocation_refuses_to_stream_and_says_what_to_do(stack: LocalStack) -> None:
    body = {"stream": True, "max_tokens": 10, "messages": [{"role": "user", "content": "Tell me of the sea"}]}
    told = stack.client("lambda").invoke(FunctionName=stack.host().function.arn, Payload=json.dumps(body))
    error = json.loads(told["Payload"].read())
    assert error["errorType"] == "InvalidRequest"
    assert "HTTPS" in error["errorMessage"]


def test_a_dry_run_that_asks_for_a_stream_gets_one_and_no_call_is_made(stack: LocalStack) -> None:
    heard = listen(stack, "Tell me of the dry sea", router={"dry_run": True})
    assert heard.names() == ["message_start", "message_delta", "message_stop"]
    router = heard.named("message_delta")[0]["router"]
    assert heard.named("message_start")[0]["message"]["router"] == router
    assert (router["attempts"], heard.headers["x-router-tier"]) == ([], "sonnet")
    assert router["reason"].startswith("dry run")
    assert heard.headers["content-type"].startswith("text/event-stream")


def test_without_streaming_the_runtime_is_lambdas_own_and_the_events_come_at_once(buffered: LocalStack) -> None:
    assert buffered.environment()["AWS_LAMBDA_EXEC_WRAPPER"] == ""
    assert buffered.environment()["GATEWAY_TIMEOUT_SECONDS"] == "29"
    heard = listen(buffered, "Tell me of the sea")
    assert heard.headers["content-type"].startswith("text/event-stream")
    assert heard.headers["content-type"] != CONTENT_TYPE
    assert heard.names()[0] == "message_start"
    assert heard.names()[-1] == "message_stop"
    assert heard.named("message_delta")[0]["router"]["cost_usd"] > 0
    script(buffered, "failing at once", status=529)
    connection = send(buffered, "failing at once", model="haiku")
    assert connection.getresponse().status == 529
    connection.close()
