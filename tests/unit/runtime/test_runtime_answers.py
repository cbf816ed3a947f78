"""The runtime loop's handling of events, handlers and errors, without its API."""

import json
import logging
import sys
import time
from types import ModuleType
from typing import Any

import pytest

from model_router.runtime import failures, logs
from model_router.runtime.answers import prelude
from model_router.runtime.context import LambdaContext
from model_router.runtime.failures import Fault
from model_router.runtime.loop import load

HEADERS = {
    "lambda-runtime-aws-request-id": "r-1",
    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:1:function:f:live",
    "lambda-runtime-deadline-ms": "0",
}


def test_a_stream_opens_with_its_metadata_and_eight_null_bytes() -> None:
    head, delimiter, rest = prelude(200, {"content-type": "text/event-stream"}).partition(b"\0" * 8)
    assert json.loads(head) == {"statusCode": 200, "headers": {"content-type": "text/event-stream"}}
    assert (len(delimiter), rest) == (8, b"")


def test_the_context_says_what_lambdas_own_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "router")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
    deadline = {"lambda-runtime-deadline-ms": str(int(time.time() * 1000) + 60_000)}
    context = LambdaContext({**HEADERS, **deadline})
    assert (context.aws_request_id, context.function_name, context.memory_limit_in_mb) == ("r-1", "router", "512")
    assert 55_000 < context.get_remaining_time_in_millis() <= 60_000
    assert context.client_context is None
    assert context.identity.cognito_identity_id is None
    assert context.streams


def test_the_context_of_a_mobile_client_has_its_client_and_identity() -> None:
    client = json.dumps({"client": {"app_title": "shop"}, "custom": {"a": 1}, "env": {"locale": "de"}})
    identity = json.dumps({"cognitoIdentityId": "id", "cognitoIdentityPoolId": "pool"})
    told = {**HEADERS, "lambda-runtime-client-context": client, "lambda-runtime-cognito-identity": identity}
    context = LambdaContext(told)
    assert context.client_context is not None
    assert context.client_context.client.app_title == "shop"
    assert context.client_context.custom == {"a": 1}
    assert context.identity.cognito_identity_pool_id == "pool"


def test_no_time_is_left_after_the_deadline() -> None:
    assert LambdaContext({**HEADERS, "lambda-runtime-deadline-ms": "1"}).get_remaining_time_in_millis() == 0


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        ("handler", "Runtime.MalformedHandlerName"),
        ("no_such_module.handler", "Runtime.ImportModuleError"),
        ("json.no_such_function", "Runtime.HandlerNotFound"),
    ],
)
def test_a_handler_that_is_not_there_is_named_as_lambda_names_it(handler: str, kind: str) -> None:
    with pytest.raises(Fault) as raised:
        load(handler)
    assert failures.error_type(raised.value) == kind


def test_a_module_that_does_not_compile_is_a_fault_of_its_own(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_module.py").write_text("def handler(:\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(Fault) as raised:
        load("broken_module.handler")
    assert raised.value.kind == "Runtime.UserCodeSyntaxError"


def test_a_handler_is_found_by_path_or_by_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("made_up")
    module.__dict__["handler"] = lambda event, context: (event, context)
    monkeypatch.setitem(sys.modules, "made_up", module)
    assert load("made_up.handler") is module.handler


def error() -> Exception:
    try:
        raise ValueError("the prompt was: secret")
    except ValueError as raised:
        return raised


def test_an_error_tells_its_caller_everything_and_the_log_and_the_trace_nothing_of_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    raised = error()
    told = json.loads(failures.payload(raised, "r-1"))
    assert (told["errorType"], told["errorMessage"], told["requestId"]) == (
        "ValueError",
        "the prompt was: secret",
        "r-1",
    )
    assert "test_runtime_answers" in told["stackTrace"][0]
    failures.log(raised, "r-1")
    line = json.loads(capsys.readouterr().out)
    assert (line["errorType"], line["requestId"], line["level"]) == ("ValueError", "r-1", "ERROR")
    cause = json.loads(failures.xray_cause(raised))
    assert cause["exceptions"][0]["type"] == "ValueError"
    assert "secret" not in json.dumps([line, cause])


def test_records_of_libraries_become_lines_with_the_invocations_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_LOG_FORMAT", "JSON")
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    logs.set_up()
    monkeypatch.setattr(logs, "request_id", "r-7")
    logging.getLogger("some.library").warning("careful: %s", "thing")
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["requestId"]) == ("WARNING", "careful: thing", "r-7")
