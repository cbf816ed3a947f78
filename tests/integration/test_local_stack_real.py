"""The real functions in the local stack: the sample events, and a process that dies during a call."""

import json
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from devtools.local_stack.stack import PROJECT, LocalStack
from model_router.entrypoints.http.response import STREAMED_ROUTES

pytestmark = pytest.mark.local

EVENTS = PROJECT / "events"


@pytest.fixture
def stack(shared_stack: LocalStack) -> LocalStack:
    return shared_stack


def event_files(prefix: str) -> list[Path]:
    found = sorted(EVENTS.glob(f"{prefix}*.json"))
    assert found, f"no events/{prefix}*.json"
    return found


def ledger(stack: LocalStack) -> list[dict[str, Any]]:
    table = stack.environment()["LEDGER_TABLE"]
    items: list[dict[str, Any]] = stack.client("dynamodb").scan(TableName=table)["Items"]
    return items


@pytest.mark.parametrize("path", event_files("apigw-"), ids=lambda path: path.stem)
def test_each_api_gateway_event_gets_an_answer_in_the_form_that_its_route_takes(stack: LocalStack, path: Path) -> None:
    result = stack.host().invoke(path.read_bytes(), 60)
    assert result is not None
    assert not result.failed, result.payload
    head, delimiter, body = result.payload.partition(b"\0" * 8)
    streamed = json.loads(path.read_bytes())["resource"] in STREAMED_ROUTES
    assert bool(delimiter) == streamed
    answer = {**json.loads(head), **({"body": body} if streamed else {})}
    # The first three name records of another ledger; a job is accepted, to be answered later.
    statuses = {"apigw-get-request": 404, "apigw-feedback": 404, "apigw-get-job": 404, "apigw-jobs": 202}
    assert answer["statusCode"] == statuses.get(path.stem, 200), answer
    assert json.loads(answer["body"])


@pytest.mark.parametrize("path", event_files("invoke-"), ids=lambda path: path.stem)
def test_each_direct_event_is_answered_through_boto3(stack: LocalStack, path: Path) -> None:
    client = stack.client("lambda")
    answer = client.invoke(FunctionName=stack.host().function.arn, Payload=path.read_bytes())
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    if path.stem == "invoke-list-models":
        assert payload["models"]
        return
    routed = payload.get("router", payload)
    assert routed["tier"] == "haiku"
    assert routed["validated"] is True


@pytest.mark.parametrize("path", event_files("authorizer-"), ids=lambda path: path.stem)
def test_each_authorizer_event_is_let_through(stack: LocalStack, path: Path) -> None:
    result = stack.host("AuthorizerFunction").invoke(path.read_bytes(), 30)
    assert result is not None
    answer = json.loads(result.payload)
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert answer["usageIdentifierKey"]


def test_a_request_whose_process_is_killed_during_the_call_is_in_the_ledger_unsettled(stack: LocalStack) -> None:
    before = {item["sk"]["S"] for item in ledger(stack)}
    step = [{"contains": "killed on the way", "slow": 20}]
    post(f"{stack.standin_url}/_standin/script", step)
    event = json.dumps({"prompt": "Classify this: killed on the way"}).encode()
    invocation = stack.host().submit(event)
    threading.Thread(target=invocation.wait, daemon=True).start()
    deadline = time.monotonic() + 30
    while not (new := [item for item in ledger(stack) if item["sk"]["S"] not in before]):
        assert time.monotonic() < deadline, "no intent was written"
        time.sleep(0.05)
    stack.kill_worker()
    result = invocation.wait(10)
    assert result is not None
    assert json.loads(result.payload)["errorType"] == "Runtime.ExitError"
    (item,) = [item for item in ledger(stack) if item["sk"]["S"] == new[0]["sk"]["S"]]
    assert item["status"]["S"] == "open"
    assert "open_shard" in item  # in the sparse index of what is not settled
    assert "a01" in item


def post(url: str, body: object) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10):
        return


@pytest.mark.parametrize("path", event_files("sqs-"), ids=lambda path: path.stem)
def test_each_queue_event_is_taken_whole(stack: LocalStack, path: Path) -> None:
    result = stack.host().invoke(path.read_bytes(), 60)
    assert result is not None
    assert json.loads(result.payload) == {"batchItemFailures": []}
