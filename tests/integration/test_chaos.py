"""What a caller sees, and what is recorded, while the services around the function are unavailable."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.domain.ids import ledger_key

pytestmark = pytest.mark.local
AWAY = {"error": "InternalServerError", "status": 500}
#: Every file that is opened for writing finds the disk full.
FULL_DISK = """
import os, sys
def _full(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        if str(arguments[0]) not in ("/dev/null", "1", "2"):
            raise OSError(28, "No space left on device", str(arguments[0]))
sys.addaudithook(_full)
"""


@pytest.fixture(scope="module")
def stack(standin: StandIn) -> Iterator[LocalStack]:
    options = StackOptions(workers=1, warm=1, claude_url=standin.url, environment={"RULES_CACHE_SECONDS": "0"})
    with LocalStack(options) as running:
        yield running


@pytest.fixture(autouse=True)
def _mended(request: pytest.FixtureRequest, standin: StandIn) -> Iterator[None]:
    standin.reset()
    yield
    if "stack" in request.fixturenames:
        faults(request.getfixturevalue("stack"))


def faults(stack: LocalStack, *told: dict[str, Any]) -> None:
    """These faults and no others."""
    connection = http.client.HTTPConnection(urlsplit(stack.aws_url).netloc, timeout=60)
    for method, body in [("DELETE", None), *(("POST", fault) for fault in told)]:
        connection.request(method, "/_local/faults", json.dumps(body) if body else None)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()


def call(stack: LocalStack, path: str, body: Any = None, method: str = "POST") -> tuple[int, dict[str, Any]]:
    return exchange(stack, path, body, method)[:2]


def exchange(
    stack: LocalStack, path: str, body: Any = None, method: str = "POST"
) -> tuple[int, dict[str, Any], http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=120)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, {"x-api-key": "any"})
        response = connection.getresponse()
        told: dict[str, Any] = json.loads(response.read())
        return response.status, told, response.headers
    finally:
        connection.close()


def route(stack: LocalStack, **fields: Any) -> tuple[int, dict[str, Any]]:
    return call(stack, "/v1/route", {"prompt": SPAM, **fields})


def rules_version(stack: LocalStack) -> str:
    return str(call(stack, "/v1/health", method="GET")[1]["rules_version"])


def start_anew(stack: LocalStack, answers_with: int = 200) -> None:
    """The only worker dies; another has started, and answered, when this returns."""
    stack.kill_worker()
    ends = time.monotonic() + 60
    while call(stack, "/v1/health", method="GET")[0] != answers_with:
        assert time.monotonic() < ends
        time.sleep(0.1)


def in_the_ledger(stack: LocalStack, request_id: str, seconds: float = 30) -> dict[str, Any]:
    """The record in the table, once it is settled."""
    partition, sort = ledger_key(request_id)
    ends = time.monotonic() + seconds
    while True:
        table = stack.environment()["LEDGER_TABLE"]
        answer = stack.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": partition}, "sk": {"S": sort}})
        item: dict[str, Any] = answer.get("Item", {})
        if item.get("status", {}).get("S") == "settled" or time.monotonic() > ends:
            return item
        time.sleep(0.2)


def test_without_parameter_store_a_warm_function_keeps_the_last_valid_rules(stack: LocalStack) -> None:
    assert route(stack)[0] == 200
    before = rules_version(stack)
    faults(stack, {"service": "ssm", **AWAY})
    status, told = route(stack)
    assert (status, told["tier"], rules_version(stack)) == (200, "haiku", before)
    assert "RulesUnavailable" in stack.log_text()


def test_a_cold_start_without_parameter_store_serves_the_last_good_rules(stack: LocalStack) -> None:
    pushed = rules_version(stack)
    faults(stack, {"service": "ssm", "operation": "GetParametersByPath", **AWAY})
    start_anew(stack)
    status, told = route(stack)
    assert (status, told["tier"]) == (200, "haiku")
    assert rules_version(stack) == pushed


def test_a_cold_start_with_a_malformed_parameter_serves_the_last_good_rules(stack: LocalStack) -> None:
    pushed = rules_version(stack)
    name = f"{stack.environment()['RULES_PATH']}tasks/review"
    ssm = stack.client("ssm")
    before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    ssm.put_parameter(Name=name, Value='{"tier": "no-such-tier"}', Overwrite=True)
    try:
        start_anew(stack)
        assert rules_version(stack) == pushed
        assert "RulesRefused" in stack.log_text()
    finally:
        ssm.put_parameter(Name=name, Value=before, Overwrite=True)


def test_a_cold_start_without_the_shared_rules_reads_parameter_store(stack: LocalStack) -> None:
    pushed = rules_version(stack)
    faults(stack, {"service": "s3", **AWAY})
    start_anew(stack)
    assert rules_version(stack) == pushed


@pytest.mark.parametrize(
    "broken",
    [AWAY, {"error": "ThrottlingException", "status": 400}, {"error": "AccessDeniedException", "status": 400}],
    ids=["failing", "throttled", "denied"],
)
def test_a_cold_start_that_cannot_read_the_rules_answers_a_retryable_503_in_time(
    stack: LocalStack, standin: StandIn, broken: dict[str, Any]
) -> None:
    faults(stack, {"service": "ssm", "operation": "GetParametersByPath", **broken}, {"service": "s3", **AWAY})
    start_anew(stack, answers_with=503)
    began = time.monotonic()
    status, told, headers = exchange(stack, "/v1/route", {"prompt": SPAM})
    assert time.monotonic() - began < 1.5  # a second, and what a busy machine takes
    assert (status, told["error"]["type"], headers["retry-after"]) == (503, "api_error", "1")
    assert headers.get("x-should-retry") != "false"
    assert standin.billed() == []
    faults(stack)
    assert route(stack)[0] == 200


def test_only_a_stack_that_never_had_rules_serves_the_packaged_ones(standin: StandIn) -> None:
    options = StackOptions(
        workers=1, warm=1, claude_url=standin.url, rules=None, environment={"RULES_CACHE_SECONDS": "0"}
    )
    with LocalStack(options) as bare:
        assert rules_version(bare).startswith("packaged")
        faults(bare, {"service": "ssm", "operation": "GetParametersByPath", **AWAY})
        start_anew(bare)
        assert rules_version(bare).startswith("packaged")


def test_a_cold_start_that_cannot_read_the_key_in_time_is_a_503_that_bills_nothing(standin: StandIn) -> None:
    options = StackOptions(workers=1, claude_url=standin.url, environment={"GATEWAY_TIMEOUT_SECONDS": "4"})
    with LocalStack(options) as cold:
        faults(cold, {"service": "ssm", "operation": "GetParameter", **AWAY})
        status, told = route(cold)
        assert (status, told["error"]["type"]) == (503, "api_error")
        assert "API key" in told["error"]["message"]
        assert standin.billed() == []
        faults(cold)
        assert route(cold)[0] == 200


def test_a_cold_start_waits_for_a_throttled_key(stack: LocalStack) -> None:
    throttled = {"service": "ssm", "operation": "GetParameter", "error": "ThrottlingException", "status": 400}
    faults(stack, {**throttled, "times": 3})
    start_anew(stack)
    assert route(stack)[0] == 200


def test_without_dynamodb_a_paid_answer_is_given_and_its_record_kept(stack: LocalStack, standin: StandIn) -> None:
    faults(stack, {"service": "dynamodb", "operation": "UpdateItem", "times": 8, **AWAY})
    status, told = route(stack)
    assert status == 200
    assert len(standin.billed()) == 1
    faults(stack)
    record = in_the_ledger(stack, told["request_id"])
    assert record["cost_usd"]["N"] == standin.billed()[0]["cost_usd"]


def test_without_dynamodb_a_record_that_is_asked_for_is_a_502_that_may_be_retried(stack: LocalStack) -> None:
    _, told = route(stack)
    faults(stack, {"service": "dynamodb", **AWAY})
    status, refused = call(stack, f"/v1/requests/{told['request_id']}", method="GET")
    assert (status, refused["error"]["type"]) == (502, "api_error")
    faults(stack)
    assert call(stack, f"/v1/requests/{told['request_id']}", method="GET")[0] == 200


def test_a_clock_that_aws_refuses_costs_no_answer_and_no_record(stack: LocalStack) -> None:
    skewed = {"service": "dynamodb", "operation": "UpdateItem", "error": "InvalidSignatureException", "status": 400}
    faults(stack, {**skewed, "times": 2})  # both tries of the intent; it goes to the spool
    status, told = route(stack)
    assert status == 200
    faults(stack)
    assert in_the_ledger(stack, told["request_id"])["status"]["S"] == "settled"


def test_without_dynamodb_and_queues_the_record_is_in_the_log(stack: LocalStack) -> None:
    faults(stack, {"service": "dynamodb", **AWAY}, {"service": "sqs", "operation": "SendMessage", **AWAY})
    status, told = route(stack)
    assert status == 200
    logged = [
        json.loads(line) for line in stack.log_text().splitlines() if "LedgerRecordLogged" in line and "{" in line
    ]
    assert any(told["request_id"] in line.get("record", "") for line in logged)


def test_without_s3_requests_are_answered_and_a_report_says_that_it_failed(stack: LocalStack) -> None:
    faults(stack, {"service": "s3", "error": "ServiceUnavailable", "status": 503})
    assert route(stack)[0] == 200
    weekly = stack.client("lambda").invoke(FunctionName="model-router-WeeklyReportFunction", Payload=b"{}")
    assert weekly["FunctionError"]
    faults(stack)
    weekly = stack.client("lambda").invoke(FunctionName="model-router-WeeklyReportFunction", Payload=b"{}")
    assert "FunctionError" not in weekly


def test_with_a_full_disk_requests_are_answered_and_settled(standin: StandIn, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(FULL_DISK)
    environment = {"PYTHONPATH": str(tmp_path)}
    options = StackOptions(workers=1, warm=1, claude_url=standin.url, environment=environment)
    with LocalStack(options) as full:
        answers = [route(full), route(full, validators=[{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}])]
        assert [status for status, _ in answers] == [200, 200]
        for _, told in answers:
            assert in_the_ledger(full, told["request_id"])["status"]["S"] == "settled"
        assert "No space left" not in full.log_text()


def test_eight_cold_starts_at_once_read_the_operators_rules_from_a_throttled_store(tmp_path: Path) -> None:
    with StandIn(latency_ms=3000) as slow:
        options = StackOptions(workers=8, warm=1, claude_url=slow.url)
        with LocalStack(options) as cold:
            version = rules_version(cold)
            throttled = {"service": "ssm", "operation": "GetParametersByPath", "error": "ThrottlingException"}
            faults(cold, {**throttled, "times": 8})
            with ThreadPoolExecutor(8) as callers:
                answers = list(callers.map(lambda _: route(cold), range(8)))
            assert [status for status, _ in answers] == [200] * 8
            assert cold.host().worker_count() > 4
            ids = {told["request_id"] for _, told in answers}
            assert len(ids) == 8
            for request_id in ids:
                assert in_the_ledger(cold, request_id)["rules_version"]["S"] == version
            assert len(slow.billed()) == 8
