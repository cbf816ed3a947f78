"""Jobs against the local stack: what outlasts the gateway, comes twice, or is no job at all."""

import http.client
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.gateway_client import Answer, call, deliver, event, until
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions

pytestmark = [pytest.mark.local, pytest.mark.usefixtures("fresh_standin")]
#: The gateway waits one second, so that a slow answer outlasts it.
PARAMETERS = {"Streaming": "false", "IntegrationTimeoutSeconds": "1"}


@pytest.fixture(scope="module")
def stack(standin: StandIn) -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=3, warm=2, claude_url=standin.url, parameters=PARAMETERS)) as running:
        call(running, "POST", "/v1/route", {"prompt": SPAM})  # what is loaded at first use takes its second now
        yield running


def finished(stack: LocalStack, job_id: str, key: str = "local") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        told = call(stack, "GET", f"/v1/jobs/{job_id}", key=key).json
        return told if told["status"] in ("done", "failed") else None

    found: dict[str, Any] = until(look)
    return found


def record_of(stack: LocalStack, job_id: str) -> dict[str, Any]:
    return call(stack, "GET", f"/v1/requests/{job_id}").json


def in_dead_letter_queue(stack: LocalStack) -> list[str]:
    sqs = stack.client("sqs")
    url = stack.environment()["JOBS_QUEUE_URL"].replace("JobsQueue", "JobsDeadLetterQueue")
    found = []
    while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in received:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message["Body"])
    return found


def test_a_job_that_outlasts_the_gateways_timeout_completes(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(slow=2.5, times=0)
    told = call(stack, "POST", "/v1/route", {"prompt": SPAM})
    assert told.error == (504, "timeout_error")
    assert "/v1/jobs" in told.json["error"]["message"]
    accepted = call(stack, "POST", "/v1/jobs", {"prompt": SPAM, "tags": {"team": "mail"}})
    assert (accepted.status, accepted.json["status"]) == (202, "queued")
    job_id = accepted.json["id"]
    assert accepted.headers["request-id"] == job_id
    job = finished(stack, job_id)
    assert (job["status"], job["answer"]["request_id"], job["answer"]["tier"]) == ("done", job_id, "haiku")
    record = record_of(stack, job_id)
    assert (record["status"], record["tags"], len(record["attempts"])) == ("settled", {"team": "mail"}, 1)
    assert record["cost_usd"] == job["answer"]["cost_usd"] > 0


def test_a_body_of_the_messages_api_is_answered_as_there(stack: LocalStack) -> None:
    body = {"model": "haiku", "max_tokens": 50, "messages": [{"role": "user", "content": SPAM}]}
    job = finished(stack, call(stack, "POST", "/v1/jobs", body).json["id"])
    assert (job["answer"]["type"], job["answer"]["router"]["tier"]) == ("message", "haiku")


def test_a_job_is_shown_to_its_client_alone(stack: LocalStack) -> None:
    stored = stack.client("dynamodb")
    job_id = call(stack, "POST", "/v1/jobs", {"prompt": SPAM}).json["id"]
    finished(stack, job_id)
    name = {"pk": {"S": f"job-{job_id}"}}
    stored.update_item(
        TableName=stack.environment()["RUNS_TABLE"],
        Key=name,
        UpdateExpression="SET client = :other",
        ExpressionAttributeValues={":other": {"S": "other"}},
    )
    told = call(stack, "GET", f"/v1/jobs/{job_id}")
    unknown = call(stack, "GET", "/v1/jobs/req_01M83QQPE4TP4CT7M960PW9944")
    assert told.error == unknown.error == (404, "not_found_error")
    assert told.json["error"] == unknown.json["error"]


@pytest.mark.parametrize(
    "body", [{"prompt": ""}, {"prompt": "x", "stream": True}, {"upload": False}, {"upload": True, "prompt": "x"}]
)
def test_a_bad_job_is_refused_when_it_is_sent(stack: LocalStack, body: dict[str, Any]) -> None:
    assert call(stack, "POST", "/v1/jobs", body).error == (400, "invalid_request_error")


def test_a_message_that_comes_again_after_it_finished_is_billed_once(stack: LocalStack, standin: StandIn) -> None:
    body = json.dumps({"prompt": SPAM, "client": "local"})
    assert deliver(stack, body, message_id="twice") == []
    assert deliver(stack, body, message_id="twice", received=2) == []
    (billed,) = standin.billed()
    job_id = billed["attempt_id"].rsplit("-", 1)[0]
    assert len(record_of(stack, job_id)["attempts"]) == 1
    assert finished(stack, job_id)["answer"]["request_id"] == job_id


def test_a_message_that_comes_while_its_job_runs_comes_again_later(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(slow=2, times=1)
    body = json.dumps({"prompt": SPAM, "client": "local"})
    first = stack.host().submit(json.dumps(event(stack, body, message_id="meanwhile")).encode())
    until(standin.requests)
    assert deliver(stack, body, message_id="meanwhile", received=2) == ["meanwhile"]
    result = first.wait(20)
    assert result is not None
    assert not result.failed
    assert len(standin.billed()) == 1


def test_a_job_that_claude_has_no_room_for_comes_again_and_is_then_answered(
    stack: LocalStack, standin: StandIn
) -> None:
    standin.inject(status=529, times=0)
    body = json.dumps({"prompt": SPAM, "client": "local"})
    assert deliver(stack, body, message_id="busy") == ["busy"]
    standin.reset()
    assert deliver(stack, body, message_id="busy", received=2) == []
    (billed,) = standin.billed()
    record = record_of(stack, billed["attempt_id"].rsplit("-", 1)[0])
    assert record["attempts"][0]["error"] == "overloaded_error"
    assert record["attempts"][-1]["cost_state"] == "known"
    assert record["cost_usd"] == Decimal(billed["cost_usd"])


def test_a_job_that_is_given_up_has_failed_and_says_why(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(status=529, times=0)
    body = json.dumps({"prompt": SPAM, "client": "local"})
    assert deliver(stack, body, message_id="given-up", received=5) == ["given-up"]
    job_id = str(standin.requests()[0]["attempt_id"]).rsplit("-", 1)[0]
    job = finished(stack, job_id)
    assert (job["status"], job["error_status"], job["error"]["type"]) == ("failed", 529, "overloaded_error")
    standin.reset()  # a redrive from the dead-letter queue
    assert deliver(stack, body, message_id="given-up", received=6) == []
    assert finished(stack, job_id)["status"] == "done"


def test_an_error_that_no_retry_can_fix_fails_the_job_at_once(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(status=400, times=0)
    job = finished(stack, call(stack, "POST", "/v1/jobs", {"prompt": SPAM}).json["id"])
    assert (job["status"], job["error"]["type"]) == ("failed", "invalid_request_error")


def test_poison_reaches_the_dead_letter_queue_and_nothing_else_is_lost(stack: LocalStack, standin: StandIn) -> None:
    sqs, url = stack.client("sqs"), stack.environment()["JOBS_QUEUE_URL"]
    poison = ["not JSON", json.dumps({"prompt": 5}), json.dumps({"prompt": SPAM, "id": "no id"})]
    good = [json.dumps({"prompt": f"{SPAM} {number}", "client": "mailer"}) for number in range(3)]
    for body in (poison[0], good[0], poison[1], good[1], poison[2], good[2]):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    arrived: list[str] = []

    def all_arrived() -> bool:
        arrived.extend(in_dead_letter_queue(stack))
        return len(arrived) >= len(poison)

    until(all_arrived, 60)
    assert sorted(arrived) == sorted(poison)
    until(lambda: len(standin.billed()) == len(good))
    assert "JobMessageInvalid" in stack.log_text()
    assert "not JSON" not in stack.log_text()


def test_a_message_that_names_another_clients_request_ends_in_the_dead_letter_queue(
    stack: LocalStack, standin: StandIn
) -> None:
    owned = call(stack, "POST", "/v1/route", {"prompt": SPAM, "tags": {"team": "mail"}}).json["request_id"]
    record, billed = record_of(stack, owned), len(standin.billed())
    message = json.dumps({"prompt": SPAM, "client": "thief", "id": owned, "tags": {"team": "thieves"}})
    stack.client("sqs").send_message(QueueUrl=stack.environment()["JOBS_QUEUE_URL"], MessageBody=message)
    assert until(lambda: in_dead_letter_queue(stack), 60) == [message]
    assert record_of(stack, owned) == record
    assert len(standin.billed()) == billed


def put(address: str, body: bytes) -> int:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("PUT", f"{parts.path}?{parts.query}", body)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_body_over_the_limit_is_uploaded(stack: LocalStack, standin: StandIn) -> None:
    picture = {"type": "base64", "media_type": "image/png", "data": "A" * 5_000_000}
    content = [{"type": "image", "source": picture}, {"type": "text", "text": SPAM}]
    body = {"max_tokens": 50, "messages": [{"role": "user", "content": content}]}
    refused = call(stack, "POST", "/v1/messages", body)
    assert refused.error == (413, "request_too_large")
    assert "/v1/jobs" in refused.json["error"]["message"]
    offered = call(stack, "POST", "/v1/jobs", {"upload": True}).json
    assert offered["status"] == "awaiting_upload"
    early = call(stack, "POST", "/v1/jobs", {"uploaded": offered["id"]})
    assert early.error == (409, "conflict_error")
    assert put(offered["upload"]["url"], json.dumps(body).encode()) == 200
    taken = call(stack, "POST", "/v1/jobs", {"uploaded": offered["id"]})
    assert (taken.status, taken.json["status"]) == (202, "queued")
    job = finished(stack, offered["id"])
    assert job["status"] == "done", job
    assert job["answer"]["type"] == "message"
    again = call(stack, "POST", "/v1/jobs", {"uploaded": offered["id"]})
    assert (again.status, again.json["status"]) == (202, "done")
    assert len(standin.billed()) == 1


@pytest.mark.parametrize("uploads", [False, True])
def test_a_jobs_headers_limit_its_tier(stack: LocalStack, standin: StandIn, uploads: bool) -> None:
    limits = {"x_router_min_tier": "sonnet", "x_router_tag_team": "mail"}
    body: dict[str, Any] = {"prompt": SPAM}
    if uploads:
        offered = call(stack, "POST", "/v1/jobs", {"upload": True}).json
        assert put(offered["upload"]["url"], json.dumps(body).encode()) == 200
        body = {"uploaded": offered["id"]}
    accepted = call(stack, "POST", "/v1/jobs", body, **limits)
    assert accepted.status == 202
    assert finished(stack, accepted.json["id"])["answer"]["tier"] == "sonnet"
    assert call(stack, "GET", f"/v1/requests/{accepted.json['id']}").json["tags"] == {"team": "mail"}


def test_a_body_put_after_its_job_was_accepted_is_not_run(stack: LocalStack, standin: StandIn) -> None:
    """The first delivery finds Claude busy; by the second, the body was replaced."""
    standin.inject(status=529, retry_after=3, times=0)
    offered = call(stack, "POST", "/v1/jobs", {"upload": True}).json
    assert put(offered["upload"]["url"], json.dumps({"prompt": SPAM}).encode()) == 200
    assert call(stack, "POST", "/v1/jobs", {"uploaded": offered["id"]}).status == 202
    until(standin.requests)
    until(lambda: call(stack, "GET", f"/v1/jobs/{offered['id']}").json["status"] == "queued")
    assert put(offered["upload"]["url"], json.dumps({"prompt": "Something else"}).encode()) == 200
    standin.reset()
    job = finished(stack, offered["id"])
    assert (job["status"], job["error_status"]) == ("failed", 400)
    assert standin.billed() == []


def test_a_job_sent_twice_under_one_key_is_one_job(stack: LocalStack, standin: StandIn) -> None:
    def send(prompt: str = SPAM) -> Answer:
        return call(stack, "POST", "/v1/jobs", {"prompt": prompt}, idempotency_key="job-once")

    first, second = send(), send()
    assert first.json == second.json
    assert second.headers["x-router-replayed"] == "true"
    finished(stack, first.json["id"])
    assert len(standin.billed()) == 1
    assert send("Something else").error == (422, "invalid_request_error")


# The stand-in finishes the call of a killed process, and logs it later.
def test_a_job_whose_process_died_runs_again_on_the_same_record(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(slow=10, times=1)
    body = json.dumps({"prompt": SPAM, "client": "local"})
    first = stack.host().submit(json.dumps(event(stack, body, message_id="killed")).encode())
    sent = until(standin.requests)[0]
    stack.kill_worker()
    result = first.wait(20)
    assert result is not None
    assert result.failed
    job_id = str(sent["attempt_id"]).rsplit("-", 1)[0]
    assert deliver(stack, body, message_id="killed", received=2) == ["killed"]  # its lease is not over yet
    stack.client("dynamodb").update_item(
        TableName=stack.environment()["RUNS_TABLE"],
        Key={"pk": {"S": f"job-{job_id}"}},
        UpdateExpression="SET lease_until = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    assert deliver(stack, body, message_id="killed", received=3) == []
    record = record_of(stack, job_id)
    assert record["status"] == "settled"
    assert [attempt["id"] for attempt in record["attempts"]] == [f"{job_id}-1", f"{job_id}-101"]
    assert [attempt["cost_state"] for attempt in record["attempts"]] == ["unknown", "known"]
    assert record["cost_max_usd"] > record["cost_usd"] > 0
