"""Clients of other makes and ages, against the running local API: each in an environment of its own."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.local_stack.stack import LocalStack, StackOptions
from tests.e2e.client_table import run_all
from tests.support.client_page import CLIENTS

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SECONDS = 300


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    # As tests/integration/test_sdk.py has it.
    with LocalStack(StackOptions(workers=3, warm=2, environment={"GATEWAY_TIMEOUT_SECONDS": "7"})) as running:
        yield running


def run(stack: LocalStack, *command: str, directory: Path = ROOT) -> str:
    """The output of the command, which gets the stack's address and must succeed."""
    told = {"ROUTER_URL": stack.url, "CLAUDE_URL": stack.standin_url or "", "NO_PROXY": "127.0.0.1,localhost"}
    done = subprocess.run(
        command,
        cwd=directory,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def python(environment: str) -> str:
    found = ROOT / environment / "bin" / "python"
    assert found.exists(), f"{environment} is missing: `make e2e` makes it"
    return str(found)


def test_the_last_0_x_of_the_python_sdk(stack: LocalStack) -> None:
    of_0_x = python(".venv-sdk0")
    version = run(stack, of_0_x, "-c", "import anthropic; print(anthropic.__version__)")
    assert version.startswith("0.")
    alone = ["-c", os.devnull, "--rootdir", str(ROOT), "--noconftest", "-p", "no:cacheprovider"]
    alone += ["-W", "ignore::pytest.PytestUnknownMarkWarning", "--import-mode=importlib"]
    printed = run(stack, of_0_x, "-m", "pytest", "-q", *alone, str(ROOT / "tests/integration/test_sdk.py"))
    assert " passed" in printed
    assert "skipped" not in printed


def test_langchains_chat_anthropic(stack: LocalStack) -> None:
    told = json.loads(run(stack, python(".venv-langchain"), str(HERE / "langchain_client.py")))
    assert told["invoked"]
    assert told["streamed_pieces"] > 1
    assert told["usage"]["output_tokens"] > 0
    assert told["tool"] == "get_weather"
    assert told["error_status"] == 404


def test_the_table_of_clients_is_current(stack: LocalStack) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    assert run_all(stack.url) == json.loads(CLIENTS.read_text(encoding="utf-8")), "python -m tests.e2e.client_table"


def test_the_typescript_sdk(stack: LocalStack) -> None:
    directory = HERE / "typescript"
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    assert (directory / "node_modules").exists(), "node_modules is missing: `make e2e` installs it"
    told = json.loads(run(stack, "node", "client.mjs", directory=directory))
    assert told["created"]["router"]["tier"] == "sonnet"
    assert told["streamed"]["text"] == told["streamed"]["final"]
    assert told["streamed"]["tier"] == "sonnet", "the helper keeps the router object of message_start"
    assert told["events"][0] == "message_start"
    assert told["events"][-1] == "message_stop"
    assert told["error"] == {"name": "NotFoundError", "status": 404, "type": "not_found_error"}
