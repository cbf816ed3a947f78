"""What Claude has ended is an answer and has a cost, at every entrypoint, even if the process dies."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.support.fakes import Reply, message_events
from tests.support.plain_http import plain_client
from tests.support.scripted_claude import END, HEAD, ScriptedClaude, request_of, sse

from devtools.local_stack.stack import LocalStack, StackOptions

pytestmark = pytest.mark.local

TOOL = {"name": "weather", "input_schema": {"type": "object"}}
#: Pieces of a tool's input, and what the caller gets of them.
INPUTS = {
    "cut": (['{"city": "Oslo", "days": [1', ', 2], "unit": "cel'], {"city": "Oslo", "days": [1, 2]}),
    "garbage": (['{"city": "Oslo",', " days: two}"], {"city": "Oslo"}),
}


def tool_call(pieces: list[str]) -> list[dict[str, Any]]:
    """As `max_tokens` cuts it: no `content_block_stop`."""
    start, *_, delta, stop = message_events(Reply(content=[], stop_reason="max_tokens"), "claude-haiku-4-5")
    block = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
    return [start, {"type": "content_block_start", "index": 0, "content_block": block}, *deltas_of(pieces), delta, stop]


def deltas_of(pieces: list[str]) -> Iterator[dict[str, Any]]:
    for piece in pieces:
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}


def conversation(connection: socket.socket) -> None:
    """Answers with the tool call that the user's text names."""
    while True:
        text = str(request_of(connection)["messages"][0]["content"])
        name = next(name for name in INPUTS if name in text)
        connection.sendall(HEAD + sse(tool_call(INPUTS[name][0])) + END)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    server = ScriptedClaude(conversation)
    with server, LocalStack(StackOptions(workers=1, warm=1, claude_url=server.url)) as running:
        yield running


@pytest.fixture
def http(stack: LocalStack) -> Iterator[httpx2.Client]:
    with plain_client(stack.url, headers={"x-api-key": "any"}, timeout=60) as client:
        yield client


def body(text: str, **fields: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": text}]
    return {"model": "haiku", "max_tokens": 10_000, "tools": [TOOL], "messages": turns, **fields}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "once"}], ids=["plain", "keyed"])
def test_a_tool_call_that_was_cut_or_is_no_json_is_answered(
    http: httpx2.Client, name: str, headers: dict[str, str]
) -> None:
    keys = {key: f"{value}-{name}" for key, value in headers.items()}
    answer = http.post("/v1/messages", json=body(f"a {name} call"), headers=keys)
    assert answer.status_code == 200, answer.text
    is_the_call(answer.json(), name)


@pytest.mark.parametrize("name", INPUTS)
def test_streamed_the_events_go_out_as_claude_sent_them(http: httpx2.Client, name: str) -> None:
    answer = http.post("/v1/messages", json=body(f"a {name} call", stream=True))
    told = [json.loads(line[6:]) for line in answer.text.split("\n") if line.startswith("data: ")]
    assert [event["type"] for event in told] == [event["type"] for event in tool_call(INPUTS[name][0])]
    assert told[-2]["router"]["attempts"][0]["cost_state"] == "known"


@pytest.mark.parametrize("name", INPUTS)
def test_a_job_has_the_same_answer(http: httpx2.Client, name: str) -> None:
    job = http.post("/v1/jobs", json=body(f"a {name} call")).json()["id"]

    def done() -> bool:
        return bool(http.get(f"/v1/jobs/{job}").json()["status"] not in ("queued", "running"))

    soon(done)
    found = http.get(f"/v1/jobs/{job}").json()
    assert found["status"] == "done", found
    is_the_call(found["answer"], name)


def is_the_call(message: dict[str, Any], name: str) -> None:
    [block] = message["content"]
    assert (block["type"], block["input"], message["stop_reason"]) == ("tool_use", INPUTS[name][1], "max_tokens")
    [attempt] = message["router"]["attempts"]
    assert (attempt["cost_state"], attempt["error"]) == ("known", None)


def test_a_process_that_dies_between_claudes_answer_and_the_callers_leaves_a_known_cost(stack: LocalStack) -> None:
    """The answer waits for its copy under the idempotency key, which S3 is slow to take."""
    before = set(items(stack))
    fault = {"service": "s3", "delay": 15}  # S3 calls name no operation
    with plain_client(stack.aws_url) as aws:
        assert aws.post("/_local/faults", json=fault).is_success
        asking = threading.Thread(target=ask_in_vain, args=(stack,), daemon=True)
        asking.start()
        soon(lambda: costs(stack, before) == [("open", "known")])
        stack.kill_worker()
        assert aws.delete("/_local/faults").is_success
    asking.join(30)
    assert costs(stack, before) == [("open", "known")]
    (item,) = (item for key, item in items(stack).items() if key not in before)
    assert Decimal(item["a01"]["M"]["cost_usd"]["N"]) > 0


def ask_in_vain(stack: LocalStack) -> None:
    with plain_client(stack.url, headers={"x-api-key": "any", "idempotency-key": "dies"}, timeout=60) as http:
        assert http.post("/v1/messages", json=body("a cut call")).is_error


def items(stack: LocalStack) -> dict[str, Any]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.environment()["LEDGER_TABLE"])
    return {item["sk"]["S"]: item for page in pages for item in page["Items"]}


def costs(stack: LocalStack, before: set[str]) -> list[tuple[str, str]]:
    """Status and state of the first attempt's cost, of each record that is new."""
    new = [item for key, item in items(stack).items() if key not in before]
    return [(item["status"]["S"], item["a01"]["M"]["cost_state"]["S"]) for item in new]


def soon(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < ends, "in vain"
        time.sleep(0.02)
