"""Our runtime loop and AWS's own (awslambdaric, as pinned) send the same to the same scripted Runtime API."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support.scripted_runtime_api import Posted, ScriptedRuntimeApi

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[2]
AWS, OURS = "awslambdaric", "model_router.runtime"
HANDLER = "tests.support.runtime_handlers.handler"
COMPARED = ("content-type", "lambda-runtime-invocation-id")
ECHO, RAISE, STREAM, BREAK = ({"do": action} for action in ("echo", "raise", "stream", "break"))


def serve(
    module: str, *events: Any, invocation_id: str | None = "i-1", status: int = 202
) -> tuple[list[Posted], str, int]:
    """What a runtime posts for these events, what it logs, and its exit status; `status` answers the first event."""
    headers = {} if invocation_id is None else {"Lambda_Runtime_Invocation_Id": invocation_id}
    statuses = {f"/invocation/r-0/{kind}": status for kind in ("response", "error")}
    with ScriptedRuntimeApi(statuses=statuses) as api:
        for number, event in enumerate(events):
            api.hand_out(event, f"r-{number}", **headers)
        api.end()
        environment = {**os.environ, "AWS_LAMBDA_RUNTIME_API": api.address, "_HANDLER": HANDLER, "NO_PROXY": "*"}
        command = [sys.executable, "-m", module, HANDLER]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False)
    return api.posted, done.stdout.decode(), done.returncode


def sent(posted: Posted) -> tuple[str, dict[str, str], Any]:
    """Path, headers and body, without what differs between two runs: the time left and the lines of the stack."""
    body = {name: value for name, value in posted.json().items() if name not in ("remaining_ms", "stackTrace")}
    return posted.path, {name: posted.headers[name] for name in COMPARED if name in posted.headers}, body


@pytest.mark.parametrize("invocation_id", ["i-1", None])
def test_answers_and_errors_are_those_of_awss_own_runtime(invocation_id: str | None) -> None:
    aws, _, _ = serve(AWS, ECHO, RAISE, ECHO, invocation_id=invocation_id)
    ours, _, _ = serve(OURS, ECHO, RAISE, ECHO, invocation_id=invocation_id)
    assert [sent(posted) for posted in ours] == [sent(posted) for posted in aws]
    assert len(ours) == 3
    assert {posted.headers.get("lambda-runtime-invocation-id") for posted in ours} == {invocation_id}


@pytest.mark.parametrize("event", [STREAM, BREAK])
@pytest.mark.parametrize("invocation_id", ["i-1", None])
def test_a_stream_repeats_the_invocation_id_as_other_answers_do(
    event: dict[str, str], invocation_id: str | None
) -> None:
    posted, _, _ = serve(OURS, event, invocation_id=invocation_id)
    assert posted[0].headers.get("lambda-runtime-invocation-id") == invocation_id


@pytest.mark.parametrize("event", [ECHO, RAISE, STREAM, BREAK])
@pytest.mark.parametrize("status", [410, 413])
def test_an_answer_that_lambda_refuses_is_logged_and_the_next_invocation_is_served(
    event: dict[str, str], status: int
) -> None:
    posted, log, _ = serve(OURS, event, ECHO, status=status)
    assert [one.path.split("/")[2] for one in posted] == ["r-0", "r-1"]
    assert f'"requestId": "r-0", "status": {status}' in log
    assert '"requestId": "r-1"' not in log


def test_awss_own_runtime_ends_its_process_at_such_a_status() -> None:
    """The one intended difference: docs/decisions/0020 says why. When this fails, awslambdaric has changed."""
    posted, _, exit_status = serve(AWS, ECHO, ECHO, status=410)
    assert [one.path for one in posted] == ["/invocation/r-0/response"]
    assert exit_status != 0
