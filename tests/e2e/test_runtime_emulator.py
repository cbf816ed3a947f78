"""The runtime loop under AWS's own Runtime Interface Emulator, started as Lambda starts it: by the wrapper."""

import http.client
import json
import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
WRAPPER = ROOT / "src" / "model_router" / "runtime" / "start"
HANDLER = "tests.support.runtime_handlers.handler"
MACHINE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


def emulator() -> Path:
    """It comes with SAM CLI."""
    sam = Path(os.environ.get("SAM", ROOT / ".venv-sam" / "bin" / "sam"))
    found = list(
        (sam.parent.parent / "lib").glob(f"python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{MACHINE}")
    )
    assert found, f"no emulator next to {sam}: `make environment` installs SAM CLI"
    return found[0]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    yield from run(HANDLER, tmp_path_factory.mktemp("rie") / "rie.log")


def run(handler: str, log: Path) -> Iterator[int]:
    invoke_port, api_port = free_port(), free_port()
    addresses = ["--runtime-interface-emulator-address", f"127.0.0.1:{invoke_port}"]
    addresses += ["--runtime-api-address", f"127.0.0.1:{api_port}"]
    environment = {**os.environ, "_HANDLER": handler, "PYTHONPATH": str(ROOT), "AWS_LAMBDA_FUNCTION_TIMEOUT": "20"}
    with log.open("w") as output:
        # What Lambda runs: the wrapper, with the interpreter and the arguments of its own runtime.
        command = [str(WRAPPER), sys.executable, "-m", "awslambdaric", handler]
        process = subprocess.Popen(
            [str(emulator()), *addresses, *command], env=environment, cwd=ROOT, stdout=output, stderr=output
        )
        try:
            wait_for(invoke_port)
            yield invoke_port
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the emulator does not listen")


def invoke(port: int, event: Any) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/2015-03-31/functions/function/invocations", json.dumps(event))
    body = connection.getresponse().read()
    connection.close()
    return body


def test_a_buffered_answer(port: int) -> None:
    told = json.loads(invoke(port, {"text": "ü"}))
    assert told["event"] == {"text": "ü"}
    assert 0 < told["remaining_ms"] <= 20_000
    assert told["id"]


def test_a_streamed_answer_behind_its_metadata(port: int) -> None:
    head, delimiter, body = invoke(port, {"do": "stream", "pieces": 3, "pause": 0.05}).partition(b"\0" * 8)
    assert json.loads(head) == {"statusCode": 200, "headers": {"content-type": "text/event-stream"}}
    assert delimiter
    assert [json.loads(line)["piece"] for line in body.splitlines()] == [0, 1, 2]


def test_an_error(port: int) -> None:
    told = json.loads(invoke(port, {"do": "raise"}))
    assert (told["errorType"], told["errorMessage"]) == ("LookupError", "a scripted error")


def test_one_invocation_after_the_other_whatever_came_before(port: int) -> None:
    for _ in range(3):
        assert json.loads(invoke(port, {"do": "raise"}))["errorType"] == "LookupError"
        invoke(port, {"do": "break"})
        assert b'{"piece": 0}' in invoke(port, {"do": "stream"})
        assert json.loads(invoke(port, {}))["event"] == {}


def test_a_function_that_does_not_load_is_reported(tmp_path: Path) -> None:
    for port in run("no_such_module.handler", tmp_path / "rie.log"):
        told = json.loads(invoke(port, {}))
        assert told["errorType"] == "Runtime.ImportModuleError"
