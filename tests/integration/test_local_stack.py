"""The local stack's plumbing, over small handlers: API Gateway's and Lambda's side of the contract."""

import concurrent.futures
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from devtools.http.messages import Response
from devtools.http.server import HttpServer, PortInUseError
from devtools.local_stack.functions.host import StartFailedError
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from devtools.processes.child import ChildFailedError

pytestmark = pytest.mark.local

TEMPLATE = Path(__file__).parent / "data" / "local_stack_template.yaml"
Answer = tuple[int, dict[str, str], Any]


RULES = PROJECT / "rules" / "default"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    options = StackOptions(template=TEMPLATE, claude_url="http://127.0.0.1:9", workers=4, warm=2)
    with LocalStack(options) as running:
        yield running


def call(
    stack: LocalStack, method: str, target: str, body: object = None, *, key: str | None = "k", **headers: str
) -> Answer:
    address = urlsplit(stack.url)
    connection = http.client.HTTPConnection(address.netloc, timeout=40)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if key:
        sent["x-api-key"] = key
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    connection.request(method, target, data, sent)
    response = connection.getresponse()
    raw = response.read()
    connection.close()
    parsed = json.loads(raw) if raw else None
    return response.status, {name.lower(): value for name, value in response.getheaders()}, parsed


def eventually(holds: Callable[[], bool], within: float = 10.0) -> bool:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return False


def test_a_request_reaches_the_handler_as_a_rest_proxy_event(stack: LocalStack) -> None:
    status, headers, seen = call(
        stack, "POST", "/v1/do?a=1&a=2&b=%C3%A9", {"text": "ü"}, X_Custom="yes", user_agent="test"
    )
    event = seen["event"]
    assert status == 200
    assert headers["x-handled"] == "yes"
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/v1/do", "/v1/do", "POST")
    assert event["queryStringParameters"] == {"a": "2", "b": "é"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["é"]}
    assert event["headers"]["X-Custom"] == "yes"
    assert event["multiValueHeaders"]["X-Custom"] == ["yes"]
    assert event["pathParameters"] is None
    assert event["stageVariables"] is None
    assert json.loads(event["body"]) == {"text": "ü"}
    assert event["isBase64Encoded"] is False


def test_the_request_context_names_the_key_the_authorizer_and_the_caller(stack: LocalStack) -> None:
    _, headers, seen = call(stack, "POST", "/v1/do", {}, user_agent="test/1")
    context = seen["event"]["requestContext"]
    assert context["identity"]["apiKeyId"] == "local"
    assert context["identity"]["apiKey"] == "k"
    assert context["identity"]["userAgent"] == "test/1"
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["authorizer"]["principalId"] == "caller"
    assert context["authorizer"]["type"] == "REQUEST"
    assert context["stage"] == "live"
    assert context["requestId"] == headers["x-amzn-requestid"]


def test_path_parameters_are_decoded_and_the_greedy_route_takes_the_rest(stack: LocalStack) -> None:
    _, _, item = call(stack, "GET", "/v1/items/a%20b")
    assert item["event"]["resource"] == "/v1/items/{id}"
    assert item["event"]["pathParameters"] == {"id": "a b"}
    assert item["event"]["body"] is None
    _, _, other = call(stack, "PUT", "/some/where/else")
    assert other["event"]["resource"] == "/{proxy+}"
    assert other["event"]["pathParameters"] == {"proxy": "some/where/else"}


def test_a_bearer_key_passes_and_an_open_route_needs_none(stack: LocalStack) -> None:
    status, _, seen = call(stack, "POST", "/v1/do", {}, key=None, authorization="Bearer abc")
    assert status == 200
    assert seen["event"]["requestContext"]["identity"]["apiKey"] == "abc"
    status, _, seen = call(stack, "GET", "/v1/open", key=None)
    assert status == 200
    assert "apiKeyId" not in seen["event"]["requestContext"]["identity"]


@pytest.mark.parametrize(
    ("key", "status", "kind"),
    [
        (None, 401, "UNAUTHORIZED"),
        ("denied", 403, "ACCESS_DENIED"),
        ("broken", 500, "AUTHORIZER_CONFIGURATION_ERROR"),
        ("without-identifier", 401, "INVALID_API_KEY"),
    ],
)
def test_what_the_authorizer_does_not_let_through_is_a_gateway_response(
    stack: LocalStack, key: str | None, status: int, kind: str
) -> None:
    got, headers, _ = call(stack, "POST", "/v1/do", {}, key=key)
    assert (got, headers["x-amzn-errortype"]) == (status, kind)


def test_a_gateway_response_has_the_templates_status_headers_and_body(stack: LocalStack) -> None:
    status, headers, body = call(stack, "POST", "/v1/do", {}, key="without-identifier")
    assert status == 401
    assert headers["x-should-retry"] == "false"
    assert body == {"type": "error", "said": "Forbidden", "request_id": headers["x-amzn-requestid"]}


def test_a_method_that_the_path_does_not_have_is_refused_by_the_gateway(stack: LocalStack) -> None:
    status, headers, _ = call(stack, "DELETE", "/v1/do")
    assert (status, headers["x-amzn-errortype"]) == (403, "MISSING_AUTHENTICATION_TOKEN")


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        None,
        {},
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
    ],
)
def test_a_malformed_proxy_response_is_a_502(stack: LocalStack, answer: object) -> None:
    status, _, body = call(stack, "POST", "/v1/do", {"do": "answer", "answer": answer})
    assert status == 502
    assert body == {"type": "error", "kind": "DEFAULT_5XX"}


def test_headers_of_all_kinds_and_binary_bodies_come_through(stack: LocalStack) -> None:
    answer = {
        "statusCode": "201",
        "headers": {"x-number": 5, "Content-Length": "1"},
        "multiValueHeaders": {"Content-Type": ["application/json"], "x-two": ["a", "b"]},
        "body": "eyJhIjoxfQ==",
        "isBase64Encoded": True,
    }
    status, headers, body = call(stack, "POST", "/v1/do", {"do": "answer", "answer": answer})
    assert (status, body, headers["x-number"], headers["content-type"]) == (
        201,
        {"a": 1},
        "5",
        "application/json",
    )


def test_an_exception_in_the_handler_is_a_502_without_its_text(stack: LocalStack) -> None:
    status, _, body = call(stack, "POST", "/v1/do", {"do": "raise"})
    assert status == 502
    assert "a scripted error" not in json.dumps(body)


def test_a_slow_handler_is_a_504_and_continues(stack: LocalStack) -> None:
    status, headers, _ = call(stack, "POST", "/v1/quick", {"do": "put", "after": 0.8, "pk": "late"})
    assert (status, headers["x-amzn-errortype"]) == (504, "INTEGRATION_TIMEOUT")
    table = stack.environment()["THINGS_TABLE"]
    read = stack.client("dynamodb").get_item
    assert eventually(lambda: "Item" in read(TableName=table, Key={"pk": {"S": "late"}}))


def test_a_body_over_ten_megabytes_and_an_event_over_six_are_413(stack: LocalStack) -> None:
    for size in (10 * 1024 * 1024 + 1, 7 * 1024 * 1024):
        status, headers, _ = call(stack, "POST", "/v1/do", b"a" * size)
        assert (status, headers["x-amzn-errortype"]) == (413, "REQUEST_TOO_LARGE")


def test_an_answer_over_six_megabytes_fails(stack: LocalStack) -> None:
    status, _, _ = call(stack, "POST", "/v1/do", {"do": "big", "size": 6 * 1024 * 1024})
    assert status == 502
    assert call(stack, "POST", "/v1/do", {})[0] == 200


def test_one_connection_serves_many_requests_and_a_chunked_body(stack: LocalStack) -> None:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=10)
    for _ in range(3):
        connection.request("POST", "/v1/do", iter([b'{"a"', b": 1}"]), {"x-api-key": "k"}, encode_chunked=True)
        response = connection.getresponse()
        assert json.loads(json.loads(response.read())["event"]["body"]) == {"a": 1}
    connection.close()


def test_each_worker_takes_one_request_at_a_time_and_more_are_started_up_to_the_limit(
    stack: LocalStack,
) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: call(stack, "POST", "/v1/do", {"do": "sleep", "seconds": 0.5}), range(6)))
    assert [status for status, _, _ in answers] == [200] * 6
    pids = {body["pid"] for _, _, body in answers}
    assert len(pids) <= 4
    assert stack.host().worker_count() <= 4


def test_a_worker_over_its_timeout_is_killed_and_reported_and_the_next_request_served(
    stack: LocalStack,
) -> None:
    status, _, _ = call(stack, "POST", "/v1/do", {"do": "sleep", "seconds": 30})
    assert status == 502
    assert "Task timed out after 2.00 seconds" in stack.log_text()
    assert call(stack, "POST", "/v1/do", {})[0] == 200


def test_a_crashed_worker_is_reported_and_replaced(stack: LocalStack) -> None:
    assert call(stack, "POST", "/v1/do", {"do": "die"})[0] == 502
    assert "Runtime exited with error: exit status 3" in stack.log_text()
    assert eventually(lambda: stack.host().worker_count() >= 2)
    assert call(stack, "POST", "/v1/do", {})[0] == 200


def test_a_worker_killed_during_a_call_fails_that_call_alone(stack: LocalStack) -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(call, stack, "POST", "/v1/do", {"do": "sleep", "seconds": 1.5})
        assert eventually(lambda: stack.host().busy_count() == 1)
        stack.kill_worker()
        assert running.result()[0] == 502
    assert call(stack, "POST", "/v1/do", {})[0] == 200


def test_a_handler_sees_lambdas_context_and_environment(stack: LocalStack) -> None:
    names = [
        "AWS_LAMBDA_FUNCTION_NAME",
        "SHARED",
        "THINGS_TABLE",
        "JOBS_URL",
        "AWS_ENDPOINT_URL",
        "CLAUDE_BASE_URL",
    ]
    _, _, seen = call(stack, "POST", "/v1/do", {"variables": [*names, "_HANDLER", "PYTEST_CURRENT_TEST"]})
    context, variables = seen["context"], seen["environment"]
    assert context["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:model-router-RouterFunction:live"
    assert 1000 < context["remaining_ms"] <= 2000
    assert context["memory"] == "320"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == context["function_name"] == "model-router-RouterFunction"
    assert variables["SHARED"] == "model-router/shared"
    assert variables["THINGS_TABLE"] == "model-router-Things"
    assert variables["JOBS_URL"] == f"{stack.aws_url}/123456789012/model-router-Jobs"
    assert variables["AWS_ENDPOINT_URL"] == stack.aws_url
    assert variables["CLAUDE_BASE_URL"] == "http://127.0.0.1:9"
    assert variables["PYTEST_CURRENT_TEST"] is None


def test_what_a_function_prints_is_in_its_log(stack: LocalStack) -> None:
    call(stack, "POST", "/v1/do", {"do": "log", "text": "hello"})
    assert eventually(lambda: '{"said": "hello"}' in stack.log_text() and "to stderr" in stack.log_text())


def test_boto3_invokes_the_function_and_sees_its_errors(stack: LocalStack) -> None:
    client = stack.client("lambda")
    answer = client.invoke(FunctionName="model-router-RouterFunction:live", Payload=b'{"do": "echo"}')
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert json.loads(answer["Payload"].read())["statusCode"] == 200
    arn = stack.host().function.arn
    failed = client.invoke(FunctionName=arn, Payload=b'{"do": "raise"}')
    error = json.loads(failed["Payload"].read())
    assert failed["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "a scripted error")
    assert error["stackTrace"]
    crashed = client.invoke(FunctionName=arn, Payload=b'{"do": "die"}')
    assert json.loads(crashed["Payload"].read())["errorType"] == "Runtime.ExitError"


def test_an_event_invocation_returns_at_once_and_runs(stack: LocalStack) -> None:
    client = stack.client("lambda")
    payload = json.dumps({"do": "put", "pk": "event", "after": 0.2}).encode()
    answer = client.invoke(FunctionName="model-router-RouterFunction", InvocationType="Event", Payload=payload)
    assert answer["StatusCode"] == 202
    table = stack.environment()["THINGS_TABLE"]
    read = stack.client("dynamodb").get_item
    assert eventually(lambda: "Item" in read(TableName=table, Key={"pk": {"S": "event"}}))


def test_invoking_what_is_not_there_or_too_large_is_lambdas_error(stack: LocalStack) -> None:
    client = stack.client("lambda")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="model-router-RouterFunction"):
        client.invoke(FunctionName="nothing")
    with pytest.raises(client.exceptions.RequestTooLargeException):
        client.invoke(
            FunctionName="model-router-RouterFunction",
            InvocationType="Event",
            Payload=b'"' + b"a" * 2**20 + b'"',
        )
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="model-router-RouterFunction", Payload=b"{")


def test_the_templates_resources_are_there(stack: LocalStack) -> None:
    dynamodb = stack.client("dynamodb")
    ttl = dynamodb.describe_time_to_live(TableName="model-router-Things")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "gone_at"}
    s3 = stack.client("s3")
    assert s3.get_bucket_versioning(Bucket="model-router-files")["Status"] == "Enabled"
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName="model-router-Jobs")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "12"
    assert json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"].endswith(":model-router-DeadJobs")
    assert stack.client("ssm").get_parameter(Name="/model-router/switch")["Parameter"]["Value"] == "on"


def test_the_rules_and_the_key_are_where_the_function_looks(stack: LocalStack) -> None:
    ssm = stack.client("ssm")
    path = stack.environment()["RULES_PATH"]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=True)
    found = {
        item["Name"].removeprefix(path): json.loads(item["Value"]) for page in pages for item in page["Parameters"]
    }
    manifest = found.pop("manifest")
    assert manifest["version"].startswith(manifest["pushed_at"])
    assert found == {
        file.relative_to(RULES).with_suffix("").as_posix(): json.loads(file.read_text(encoding="utf-8"))
        for file in RULES.rglob("*.json")
    }
    name = stack.environment()["CLAUDE_API_KEY_PARAMETER"]
    key = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert key["Type"] == "SecureString"
    assert key["Value"] == os.environ.get("ANTHROPIC_API_KEY", "stand-in")


def test_conditional_writes_never_both_pass(stack: LocalStack) -> None:
    dynamodb = stack.client("dynamodb")
    table = stack.environment()["THINGS_TABLE"]
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "count"}, "n": {"N": "0"}})

    def add(_: int) -> bool:
        try:
            dynamodb.update_item(
                TableName=table,
                Key={"pk": {"S": "count"}},
                UpdateExpression="SET n = n + :one",
                ConditionExpression="n < :limit",
                ExpressionAttributeValues={":one": {"N": "1"}, ":limit": {"N": "10"}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(add, range(60))) == 10


def faults(stack: LocalStack, method: str, fault: object = None) -> int:
    connection = http.client.HTTPConnection(urlsplit(stack.aws_url).netloc, timeout=10)
    connection.request(method, "/_local/faults", json.dumps(fault).encode())
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def test_an_injected_fault_occurs_the_given_number_of_times_before_or_after_the_write(stack: LocalStack) -> None:
    dynamodb = stack.client("dynamodb")
    table = stack.environment()["THINGS_TABLE"]
    fault = {"service": "dynamodb", "operation": "PutItem", "error": "ThrottlingException", "times": 1}
    for when, there in (("before", False), ("after", True)):
        assert faults(stack, "POST", {**fault, "when": when}) == 200
        key = {"pk": {"S": f"fault-{when}"}}
        with pytest.raises(ClientError, match="ThrottlingException"):
            dynamodb.put_item(TableName=table, Item=key)
        assert ("Item" in dynamodb.get_item(TableName=table, Key=key)) is there
    dynamodb.put_item(TableName=table, Item={"pk": {"S": "fault-over"}})
    faults(stack, "POST", {"service": "dynamodb", "delay": 0.3})
    started = time.monotonic()
    dynamodb.get_item(TableName=table, Key={"pk": {"S": "fault-over"}})
    assert time.monotonic() - started >= 0.3
    assert faults(stack, "DELETE") == 200
    assert faults(stack, "POST", {"service": "dynamodb", "typo": 1}) == 400


def test_a_port_in_use_is_a_clear_error_and_leaves_nothing_running() -> None:
    server = HttpServer("127.0.0.1", 0, lambda _: Response(200), name="other")
    options = StackOptions(template=TEMPLATE, claude_url="http://127.0.0.1:9", port=server.port)
    try:
        with pytest.raises(PortInUseError, match=f"127.0.0.1:{server.port} .*PORT"), LocalStack(options):
            pass
    finally:
        server.close()


def test_an_aws_port_in_use_is_a_clear_error_too(tmp_path: Path) -> None:
    server = HttpServer("127.0.0.1", 0, lambda _: Response(200), name="other")
    options = StackOptions(template=TEMPLATE, claude_url="http://127.0.0.1:9", aws_port=server.port, logs=tmp_path)
    try:
        with pytest.raises(ChildFailedError, match=f"127.0.0.1:{server.port} .*AWS_PORT"), LocalStack(options):
            pass
    finally:
        server.close()


def test_rules_that_the_function_would_refuse_are_refused_at_the_start(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(RULES, rules)
    (rules / "rollout.json").write_text('{"percent": 101, "salt": "s"}', encoding="utf-8")
    options = StackOptions(template=TEMPLATE, rules=rules, claude_url="http://127.0.0.1:9", logs=tmp_path / "logs")
    with pytest.raises(ChildFailedError, match=r"not a valid rule set: rollout: .*percent"), LocalStack(options):
        pass


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", b"400"),
        (b"GET /v1/open HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST /v1/do HTTP/1.1\r\nx-api-key: k\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST /v1/do HTTP/1.1\r\nx-api-key: k\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET /v1/open HTTP/1.0\r\n\r\n", b"200"),
    ],
)
def test_bytes_that_are_no_http_are_a_400_and_old_clients_are_served(
    stack: LocalStack, sent: bytes, status: bytes
) -> None:
    address = urlsplit(stack.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(sent)
        received = b"".join(iter(lambda: connection.recv(65536), b""))  # to the end: the server closes
    assert received.split(b" ", 2)[1] == status


def test_local_aws_alone_prints_its_address_and_says_when_its_port_is_taken() -> None:
    command = [sys.executable, "-m", "devtools.local_stack", "aws", "--template", str(TEMPLATE)]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = subprocess.run([*command, "--port", str(port)], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in refused.stderr
    assert "Traceback" not in refused.stderr
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            assert url.startswith("http://127.0.0.1:")
        finally:
            process.terminate()


def test_a_function_that_cannot_be_imported_is_named_at_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "template.yaml"
    text = TEMPLATE.read_text(encoding="utf-8")
    broken.write_text(text.replace("local_stack_handlers.authorizer", "not_there.authorizer"), encoding="utf-8")
    logs = tmp_path / "logs"
    options = StackOptions(template=broken, claude_url="http://127.0.0.1:9", logs=logs)
    expected = r"AuthorizerFunction .*not_there.* does not start: .*import"
    with pytest.raises(StartFailedError, match=expected), LocalStack(options):
        pass
    assert "not_there" in (logs / "AuthorizerFunction.log").read_text(encoding="utf-8")
