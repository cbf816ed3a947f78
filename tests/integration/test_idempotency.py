"""Idempotency keys on every door of the local stack: HTTPS, whole and streamed, invocation, jobs."""

import json
import threading
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support.gateway_client import Answer, call, deliver, invoke, until
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("fresh_standin")]
MESSAGE = {"model": "haiku", "max_tokens": 100, "messages": [{"role": "user", "content": SPAM}]}


@pytest.fixture(scope="module")
def stack(standin: StandIn) -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=3, warm=2, claude_url=standin.url)) as running:
        yield running


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


Send = Callable[[LocalStack, str, str], Answer]


def by_header_plain(stack: LocalStack, key: str, prompt: str) -> Answer:
    return call(stack, "POST", "/v1/route", {"prompt": prompt}, idempotency_key=key)


def by_field_plain(stack: LocalStack, key: str, prompt: str) -> Answer:
    return call(stack, "POST", "/v1/route", {"prompt": prompt, "idempotency_key": key})


def by_header(stack: LocalStack, key: str, prompt: str) -> Answer:
    messages = [{"role": "user", "content": prompt}]
    return call(stack, "POST", "/v1/messages", {**MESSAGE, "messages": messages}, idempotency_key=key)


def by_field(stack: LocalStack, key: str, prompt: str) -> Answer:
    body = {**MESSAGE, "messages": [{"role": "user", "content": prompt}], "router": {"idempotency_key": key}}
    return call(stack, "POST", "/v1/messages", body)


def streamed(stack: LocalStack, key: str, prompt: str) -> Answer:
    body = {**MESSAGE, "messages": [{"role": "user", "content": prompt}], "stream": True}
    return call(stack, "POST", "/v1/messages", body, idempotency_key=key)


DOORS: dict[str, Send] = {
    "route, header": by_header_plain,
    "route, field": by_field_plain,
    "messages, header": by_header,
    "messages, field": by_field,
    "messages, streamed": streamed,
}


@pytest.mark.parametrize("send", DOORS.values(), ids=DOORS.keys())
def test_a_finished_run_is_given_again_unbilled_and_another_body_is_refused(
    stack: LocalStack, standin: StandIn, key: str, send: Send
) -> None:
    first, second = send(stack, key, SPAM), send(stack, key, SPAM)
    assert (first.status, second.status) == (200, 200)
    assert "x-router-replayed" not in first.headers
    assert second.headers["x-router-replayed"] == "true"
    assert second.text == first.text
    assert second.headers["request-id"] == first.headers["request-id"]
    assert len(standin.billed()) == 1
    other = send(stack, key, "Something else")
    assert other.error == (422, "invalid_request_error")
    assert "idempotency key" in other.json["error"]["message"]
    assert other.headers["x-should-retry"] == "false"
    assert len(standin.billed()) == 1


@pytest.mark.parametrize("send", DOORS.values(), ids=DOORS.keys())
def test_a_running_one_is_a_conflict_that_may_be_asked_again(
    stack: LocalStack, standin: StandIn, key: str, send: Send
) -> None:
    standin.inject(slow=2, times=1)
    answers: list[Answer] = []
    first = threading.Thread(target=lambda: answers.append(send(stack, key, SPAM)))
    first.start()
    until(standin.requests)
    second = send(stack, key, SPAM)
    first.join()
    assert second.error == (409, "conflict_error")
    assert "x-should-retry" not in second.headers
    assert answers[0].status == 200
    assert len(standin.billed()) == 1


@pytest.mark.parametrize("send", DOORS.values(), ids=DOORS.keys())
def test_an_error_is_not_kept(stack: LocalStack, standin: StandIn, key: str, send: Send) -> None:
    standin.inject(status=400, times=1)
    assert send(stack, key, SPAM).status == 400
    told = send(stack, key, SPAM)
    assert told.status == 200
    assert "x-router-replayed" not in told.headers


def end_leases(stack: LocalStack) -> None:
    """As if every process that is running something had died long ago."""
    dynamodb, table = stack.client("dynamodb"), stack.environment()["RUNS_TABLE"]
    for item in dynamodb.scan(TableName=table)["Items"]:
        if item["status"]["S"] == "running":
            dynamodb.update_item(
                TableName=table,
                Key={"pk": item["pk"]},
                UpdateExpression="SET lease_until = :past",
                ExpressionAttributeValues={":past": {"N": "1"}},
            )


def test_an_invocations_key_is_its_clients_own(stack: LocalStack, standin: StandIn, key: str) -> None:
    payload = {"prompt": SPAM, "client": "nightly", "idempotency_key": key}
    first, second = invoke(stack, payload), invoke(stack, payload)
    assert first == second
    assert first[1] is None
    assert len(standin.billed()) == 1
    error, failed = invoke(stack, {**payload, "prompt": "Something else"})
    assert (failed is not None, error["errorType"]) == (True, "InvalidRequest")
    assert invoke(stack, {**payload, "client": "weekly"})[0]["request_id"] != first[0]["request_id"]
    assert len(standin.billed()) == 2


def test_a_running_invocation_is_a_conflict_by_name(stack: LocalStack, standin: StandIn, key: str) -> None:
    standin.inject(slow=2, times=1)
    payload = {"prompt": SPAM, "client": "nightly", "idempotency_key": key}
    first = stack.host().submit(json.dumps(payload).encode())
    until(standin.requests)
    error, failed = invoke(stack, payload)
    assert (failed is not None, error["errorType"]) == (True, "Conflict")
    assert first.wait(20) is not None


def test_two_messages_of_the_queue_under_one_key_are_billed_once(stack: LocalStack, standin: StandIn, key: str) -> None:
    body = json.dumps({"prompt": SPAM, "client": "local", "idempotency_key": key})
    assert deliver(stack, body, message_id=f"{key}-1") == []
    assert deliver(stack, body, message_id=f"{key}-2") == []
    assert len(standin.billed()) == 1


def test_a_dry_run_takes_no_key(stack: LocalStack, standin: StandIn, key: str) -> None:
    body = {"prompt": SPAM, "dry_run": True, "idempotency_key": key}
    assert call(stack, "POST", "/v1/route", body).headers.get("x-router-replayed") is None
    assert by_field_plain(stack, key, SPAM).status == 200
    assert standin.billed()


def test_two_keys_for_one_request_are_refused(stack: LocalStack) -> None:
    told = call(stack, "POST", "/v1/route", {"prompt": SPAM, "idempotency_key": "a"}, idempotency_key="b")
    assert told.error == (400, "invalid_request_error")


@pytest.mark.parametrize("send", [by_header_plain, streamed])
def test_an_unavailable_store_loses_no_answer(stack: LocalStack, standin: StandIn, key: str, send: Send) -> None:
    fault = {"service": "dynamodb", "operation": "UpdateItem", "error": "InternalServerError", "status": 500}
    admin(stack, "POST", fault)
    try:
        told = send(stack, key, SPAM)
    finally:
        admin(stack, "DELETE")
    assert (told.status, told.headers["x-router-idempotency"]) == (200, "unavailable")
    assert "IdempotencyUnavailable" in stack.log_text()
    assert len(standin.billed()) == 1


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(stack: LocalStack, standin: StandIn, key: str) -> None:
    admin(stack, "POST", {"service": "s3", "error": "InternalError", "status": 500})
    try:
        told = by_header_plain(stack, key, SPAM)
    finally:
        admin(stack, "DELETE")
    assert (told.status, told.headers["x-router-idempotency"]) == (200, "unavailable")
    assert by_header_plain(stack, key, SPAM).status == 200


def admin(stack: LocalStack, method: str, body: dict[str, Any] | None = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{stack.aws_url}/_local/faults", data, method=method)):
        pass


def test_neither_key_nor_answer_nor_prompt_is_in_the_table_or_the_log(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(answer="the answer zebra-words", times=0)
    by_field_plain(stack, "giraffe-key", "the prompt lion-words")
    items = json.dumps(stack.client("dynamodb").scan(TableName=stack.environment()["RUNS_TABLE"])["Items"])
    for secret in ("zebra-words", "giraffe-key", "lion-words"):
        assert secret not in items + stack.log_text()


# The stand-in finishes the call of a killed process, and logs it later.
def test_a_crashed_one_runs_again_once_its_lease_is_over_and_both_runs_are_in_the_ledger(
    stack: LocalStack, standin: StandIn, key: str
) -> None:
    standin.inject(slow=10, times=1)
    answers: list[Answer] = []
    first = threading.Thread(target=lambda: answers.append(by_field_plain(stack, key, SPAM)))
    first.start()
    until(standin.requests)
    stack.kill_worker()
    first.join()
    assert answers[0].status >= 500
    assert by_field_plain(stack, key, SPAM).status == 409
    end_leases(stack)
    assert by_field_plain(stack, key, "Something else").status == 422
    again = by_field_plain(stack, key, SPAM)
    assert (again.status, again.headers.get("x-router-replayed")) == (200, None)
    ids = {str(sent["attempt_id"]).rsplit("-", 1)[0] for sent in standin.requests()}
    assert len(ids) == 2
    records = [call(stack, "GET", f"/v1/requests/{request_id}").json for request_id in ids]
    assert {record["status"] for record in records} == {"open", "settled"}
    assert {record["attempts"][0]["cost_state"] for record in records} == {"unknown", "known"}
