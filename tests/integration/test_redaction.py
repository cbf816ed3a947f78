"""Searches everything that a full run writes for prompts, answers and keys."""

import http.client
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions

pytestmark = pytest.mark.local

ASKED = "zanzibarprompt"
SYSTEM = "quokkasystem"
ANSWERED = "marzipananswer"
TOOL = "wombattool"
LABEL = "ocelotlabel"
COMMENT = "narwhalcomment"
FIELD = "axolotlfield"
CLAUDE_KEY = "sk-ant-api03-capybara"
CALLER_KEY = "pangolinkey"
SECRETS = (ASKED, SYSTEM, ANSWERED, TOOL, LABEL, COMMENT, FIELD, CLAUDE_KEY, CALLER_KEY)

LABELS = [{"type": "one_of", "labels": [LABEL, "SPAM"]}]
MESSAGE: dict[str, Any] = {
    "model": "auto",
    "max_tokens": 60,
    "system": f"You are {SYSTEM}.",
    "messages": [{"role": "user", "content": f"Classify as spam or not: {ASKED}"}],
}
TOOLS = {"tools": [{"name": TOOL, "description": TOOL, "input_schema": {"type": "object"}}]}

#: Path, body: what succeeds, escalates, streams, and every way to be refused that sees the caller's words.
OVER_HTTPS: list[tuple[str, Any]] = [
    ("/v1/route", {"prompt": f"Classify: {ASKED}", "system": SYSTEM, "validators": LABELS}),
    ("/v1/messages", MESSAGE),
    ("/v1/messages", {**MESSAGE, "stream": True}),
    ("/v1/messages", {**MESSAGE, **TOOLS, "stream": True}),
    ("/v1/messages", {**MESSAGE, "router": {"validators": LABELS}}),
    ("/v1/messages/count_tokens", {name: value for name, value in MESSAGE.items() if name != "max_tokens"}),
    ("/v1/route", {"prompt": ASKED, "dry_run": True}),
    ("/v1/route", {"prompt": ASKED, "task": f"{ASKED}-task"}),
    ("/v1/route", {"prompt": ASKED, "validators": [{"type": LABEL}]}),
    ("/v1/route", {"prompt": ASKED, "validators": [{"type": "regex", "pattern": f"({ASKED}"}]}),
    ("/v1/route", {"prompt": ASKED, "validators": [{"type": "json_schema", "schema": {"$ref": f"http://{ASKED}/"}}]}),
    ("/v1/route", {"prompt": ASKED, FIELD: 1}),
    ("/v1/messages", {**MESSAGE, "messages": [{"role": ASKED, "content": ASKED}]}),
    ("/v1/messages", {**MESSAGE, "model": f"{ASKED} is no model"}),
    ("/v1/messages", {**MESSAGE, "model": "haiku", "temperature": ASKED}),
    ("/v1/messages", f'{{"model": "auto", "{ASKED}": "{ASKED}'),
    (f"/v1/{ASKED}", {}),
    ("/v1/feedback", {"request_id": ASKED, "score": 1, "comment": COMMENT}),
]
INVOKED: list[Any] = [
    {"prompt": f"Classify: {ASKED}", "system": SYSTEM, "validators": LABELS},
    {name: value for name, value in MESSAGE.items() if name != "model"},
    {"prompt": ASKED, "task": f"{ASKED}-task"},
    {"prompt": ASKED, "task": f"it's \"{ASKED}\" isn't"},
    {"prompt": ASKED, "validators": [{"type": LABEL}]},
    {"prompt": ASKED, "validators": [{"type": "json", FIELD: LABEL}]},
    {"prompt": ASKED, "validators": [{"type": "regex", "pattern": f"({ASKED}"}]},
    {"prompt": ASKED, FIELD: 1},
    {"prompt": ASKED, "tags": {FIELD: ASKED * 50}},
    {**MESSAGE, "model": f"{ASKED} is no model"},
    {**MESSAGE, "model": "haiku", "temperature": ASKED},
    {**MESSAGE, "stream": True},
    [ASKED],
]


#: Every setting that makes a library log more: Lambda's, Powertools' and the SDK's.
DEBUG = {
    "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_DEBUG": "true",
    "POWERTOOLS_DEV": "true",
    "POWERTOOLS_LOGGER_LOG_EVENT": "true",
    "POWERTOOLS_METRICS_DISABLED": "false",  # what POWERTOOLS_DEV would turn off
    "ANTHROPIC_LOG": "debug",
}
STACKS = {
    f"{loop}-{level}": (streaming, environment)
    for loop, streaming, level, environment in (
        ("our-loop", "true", "info", {}),
        ("our-loop", "true", "debug", DEBUG),
        ("lambdas-loop", "false", "debug", DEBUG),
    )
}


@pytest.fixture(scope="module", params=STACKS.values(), ids=list(STACKS))
def stack(request: pytest.FixtureRequest, standin: StandIn) -> Iterator[LocalStack]:
    streaming, environment = request.param
    options = StackOptions(
        workers=2, warm=1, claude_url=standin.url, parameters={"Streaming": streaming}, environment=environment
    )
    with LocalStack(options) as running:
        name = running.environment()["CLAUDE_API_KEY_PARAMETER"]
        running.client("ssm").put_parameter(Name=name, Type="SecureString", Value=CLAUDE_KEY, Overwrite=True)
        yield running


def send(stack: LocalStack, path: str, body: Any, method: str = "POST") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    try:
        connection.request(method, path, text, {"x-api-key": CALLER_KEY, "x-router-task": "default"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def invoke(stack: LocalStack, payload: Any, function: str = "RouterFunction") -> dict[str, Any]:
    answer = stack.client("lambda").invoke(
        FunctionName=f"model-router-{function}", Payload=json.dumps(payload).encode()
    )
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    return told


def full_run(stack: LocalStack, standin: StandIn) -> None:
    """Answers, failed checks, failures of Claude's that quote the request, refusals, reports; then the spool."""
    quoting = {"status": 400, "message": f"messages.0: {ASKED} is not allowed"}
    statuses = []
    assert send(stack, "/v1/jobs", MESSAGE)[0] == 202
    for path, body in OVER_HTTPS:
        standin.inject(answer=ANSWERED)
        statuses.append(send(stack, path, body)[0])
        standin.reset()
    assert statuses[:6] == [200] * 6
    assert {400, 404} <= set(statuses)
    for payload in INVOKED:
        standin.inject(answer=ANSWERED)
        invoke(stack, payload)
        standin.reset()
    for failure in (quoting, {"status": 529}, {"cut": 3, "answer": ANSWERED}, {"reset": True}):
        standin.inject(**failure, times=0)
        send(stack, "/v1/messages", MESSAGE)
        invoke(stack, {"prompt": f"Summarize: {ASKED}", "validators": LABELS})
        standin.reset()
    reports(stack)
    spooled(stack)


def reports(stack: LocalStack) -> None:
    now = datetime.now(UTC)
    year, week, _ = now.isocalendar()
    assert "errorMessage" not in invoke(stack, {"week": f"{year}-W{week:02}"}, "WeeklyReportFunction")
    for function in stack.hosts:
        if function not in ("RouterFunction", "AuthorizerFunction", "WeeklyReportFunction"):
            invoke(stack, {}, function)


def spooled(stack: LocalStack) -> None:
    """Records that DynamoDB refuses, in the spool and, if that is unavailable too, in the log."""
    for services in (("dynamodb",), ("dynamodb", "sqs")):
        for service in services:
            operation = "UpdateItem" if service == "dynamodb" else "SendMessage"
            fault(stack, {"service": service, "operation": operation, "error": "InternalServerError", "status": 500})
        assert send(stack, "/v1/messages", MESSAGE)[0] == 200
        assert "content" in invoke(stack, {"prompt": ASKED})
        fault(stack, None)


def fault(stack: LocalStack, told: dict[str, Any] | None) -> None:
    connection = http.client.HTTPConnection(urlsplit(stack.aws_url).netloc, timeout=60)
    connection.request("POST" if told else "DELETE", "/_local/faults", json.dumps(told) if told else None)
    assert connection.getresponse().status == 200
    connection.close()


def everything_written(stack: LocalStack) -> dict[str, str]:
    """Where → what: the logs with their metrics, the tables, the buckets, the queues."""
    written = {f"log of {function}": stack.log_text(function) for function in stack.hosts}
    dynamodb, s3, sqs = stack.client("dynamodb"), stack.client("s3"), stack.client("sqs")
    for table in dynamodb.list_tables()["TableNames"]:
        pages = dynamodb.get_paginator("scan").paginate(TableName=table)
        written[f"table {table}"] = json.dumps([item for page in pages for item in page["Items"]], default=str)
    # Jobs' bodies and answers are kept there for a day, and nowhere else: docs/api.md.
    kept = {stack.environment()["JOBS_BUCKET"]}
    for bucket in (found for found in s3.list_buckets()["Buckets"] if found["Name"] not in kept):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket["Name"]):
            for stored in page.get("Contents", []):
                body = s3.get_object(Bucket=bucket["Name"], Key=stored["Key"])["Body"].read()
                written[f"s3 {bucket['Name']}/{stored['Key']}"] = stored["Key"] + body.decode(errors="replace")
    for url in sqs.list_queues().get("QueueUrls", []):
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        written[f"queue {url}"] = json.dumps(received.get("Messages", []))
    return written


def test_nothing_that_a_full_run_writes_holds_a_prompt_an_answer_or_a_key(stack: LocalStack, standin: StandIn) -> None:
    full_run(stack, standin)
    written = everything_written(stack)
    assert "LedgerRecordLogged" in written["log of RouterFunction"]
    assert "RequestsSettled" in written["log of RouterFunction"] or "_aws" in written["log of RouterFunction"]
    assert any(place.startswith("s3") and place.endswith("report.html") for place in written)
    ledger = next(text for place, text in written.items() if "ledger" in place.lower())
    assert "cost_usd" in ledger
    leaks = [(place, secret) for place, text in written.items() for secret in SECRETS if secret in text]
    assert not leaks


def test_the_message_of_a_failed_invocation_is_given_only_where_nothing_logs_it(stack: LocalStack) -> None:
    detailed = stack.options.parameters["Streaming"] == "true"
    for body, detail in (({"max_tokens": 0}, "must be at least 1"), ({"task": LABEL}, LABEL)):
        answer = invoke(stack, {"prompt": "Hi", **body})
        assert answer["errorType"] == "InvalidRequest"
        assert (detail in answer["errorMessage"]) is detailed
        assert detailed or answer["errorMessage"].startswith("invalid_request_error (400).")
        assert detail not in stack.log_text()
