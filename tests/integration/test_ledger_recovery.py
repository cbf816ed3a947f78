"""DynamoDB away, the spool away, a process killed: the caller is answered, and the record is there in the end."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devtools.local_stack.stack import LocalStack, StackOptions
from devtools.local_stack.template.reader import REGION

pytestmark = pytest.mark.local
UPDATE = {"service": "dynamodb", "operation": "UpdateItem"}
REFUSED = {**UPDATE, "error": "InternalServerError", "status": 500}
SPOOL_AWAY = {"service": "sqs", "operation": "SendMessage", "error": "InternalFailure", "status": 500}


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=1, warm=1)) as running:
        ask(running)  # warm: the first call imports the SDK
        yield running


@pytest.fixture(autouse=True)
def _mended(stack: LocalStack) -> Iterator[None]:
    yield
    send(f"{stack.aws_url}/_local/faults", None, "DELETE")


def send(url: str, body: object, method: str = "POST") -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json", "x-api-key": "local"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
        return json.loads(answer.read())


def ask(stack: LocalStack) -> Any:
    """An answer, and whatever was left to do after it is done: there is one worker, and it takes the next request."""
    answered = send(f"{stack.url}/v1/route", {"prompt": "Classify this email: you won", "max_tokens": 20})
    send(f"{stack.url}/v1/health", None, "GET")
    return answered


def break_down(stack: LocalStack, *faults: dict[str, Any]) -> None:
    for fault in faults:
        send(f"{stack.aws_url}/_local/faults", fault)


def mend(stack: LocalStack) -> None:
    send(f"{stack.aws_url}/_local/faults", None, "DELETE")


def record(stack: LocalStack, request_id: str) -> Any:
    try:
        return send(f"{stack.url}/v1/requests/{request_id}", None, "GET")
    except urllib.error.HTTPError:
        return None


def eventually(found: Callable[[], Any], seconds: float = 30) -> Any:
    ends = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.1)
    return value


def router(stack: LocalStack, *arguments: str, text: str = "") -> str:
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "NO_PROXY": "127.0.0.1"}
    environment = {**os.environ, **keys, "AWS_ENDPOINT_URL": stack.aws_url, "AWS_DEFAULT_REGION": REGION}
    command = [sys.executable, "-m", "router_cli", "replay-spool", "--table", stack.environment()["LEDGER_TABLE"]]
    done = subprocess.run(
        [*command, *arguments], input=text, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_record_that_dynamodb_refused_comes_from_the_spool(stack: LocalStack) -> None:
    queue = stack.environment()["SPOOL_QUEUE_URL"]
    stack.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "1"})
    break_down(stack, REFUSED)
    answered = ask(stack)
    assert answered["content"]
    assert record(stack, answered["request_id"]) is None
    mend(stack)
    found = eventually(lambda: record(stack, answered["request_id"]))
    eventually(lambda: record(stack, answered["request_id"])["status"] == "settled")
    assert found["request_id"] == answered["request_id"]
    assert record(stack, answered["request_id"])["cost_usd"] == answered["cost_usd"]


def test_a_record_that_the_spool_refused_too_comes_from_the_log(stack: LocalStack) -> None:
    break_down(stack, REFUSED, SPOOL_AWAY)
    answered = ask(stack)
    mend(stack)
    log = stack.log_text()
    assert "record(s) written" in router(stack, "-", text=log)
    found = record(stack, answered["request_id"])
    assert (found["status"], found["cost_usd"]) == ("settled", answered["cost_usd"])
    router(stack, "-", text=log)
    assert record(stack, answered["request_id"]) == found


def test_the_command_empties_a_queue_too(stack: LocalStack) -> None:
    sqs = stack.client("sqs")
    queue = sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
    break_down(stack, REFUSED, SPOOL_AWAY)
    answered = ask(stack)
    mend(stack)
    lines = [json.loads(line) for line in stack.log_text().splitlines() if '"message":"LedgerRecordLogged"' in line]
    for line in lines:
        if answered["request_id"] in line["record"]:
            sqs.send_message(QueueUrl=queue, MessageBody=line["record"])
    assert json.loads(router(stack, "--queue", queue, "--json")) == {"written": 2, "refused": 0}
    assert record(stack, answered["request_id"])["status"] == "settled"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_a_hanging_dynamodb_delays_callers_only_briefly(stack: LocalStack) -> None:
    break_down(stack, {**UPDATE, "delay": 4})
    started = time.monotonic()
    answered = ask(stack)
    assert answered["content"]
    assert time.monotonic() - started < 4  # a quarter of a second for the intent, 0.9 s for the settlement, the spool
    mend(stack)
    eventually(lambda: (found := record(stack, answered["request_id"])) and found["status"] == "settled")


def test_what_a_killed_process_left_open_is_closed_with_its_bound(stack: LocalStack) -> None:
    send(f"{stack.standin_url}/_standin/script", [{"contains": "killed on the way", "slow": 20}])
    event = json.dumps({"prompt": "Classify this: killed on the way", "client": "local"}).encode()
    invocation = stack.host().submit(event)
    threading.Thread(target=invocation.wait, daemon=True).start()
    table = stack.environment()["LEDGER_TABLE"]
    index: dict[str, Any] = {"TableName": table, "IndexName": "unsettled"}
    [item] = eventually(lambda: stack.client("dynamodb").scan(**index)["Items"])
    time.sleep(0.5)
    stack.kill_worker()
    assert reap(stack, datetime.now(UTC))["abandoned"] == 0  # its process may still be alive
    due = datetime.now(UTC) + timedelta(hours=1)
    assert reap(stack, due)["abandoned"] == 1
    assert reap(stack, due) == {"abandoned": 0, "changed": 0, "left": 0, "unknown_max_usd": "0"}
    found = record(stack, f"req_{item['sk']['S']}")
    assert (found["status"], found["cost_usd"]) == ("abandoned", 0)
    [attempt] = found["attempts"]
    assert (attempt["cost_state"], attempt["cost_usd"]) == ("unknown", None)
    assert found["cost_max_usd"] == attempt["cost_max_usd"] > 0


def reap(stack: LocalStack, before: datetime) -> Any:
    result = stack.host("ReaperFunction").invoke(json.dumps({"before": before.isoformat()}).encode(), 60)
    assert result is not None
    assert not result.failed, result.payload
    return json.loads(result.payload)
