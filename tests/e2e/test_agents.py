"""Agents of Anthropic's own hold a short session with tools through the router, on both ladders.

The stand-in is told what to answer. The agents are installed by `make e2e`; Claude Code's version is pinned.
"""

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anthropic
import pytest
from anthropic import beta_tool

from devtools.local_stack.stack import LocalStack, StackOptions
from tests.support.preset_in_force import in_force
from tests.support.presets import Preset

pytestmark = pytest.mark.e2e

TYPESCRIPT = Path(__file__).parent / "typescript"
CLAUDE_CODE = TYPESCRIPT / "node_modules/.bin/claude"
SECONDS = 120


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    options = StackOptions(workers=3, warm=2, environment={"RULES_CACHE_SECONDS": "0"})
    with LocalStack(options) as running:
        yield running


@pytest.fixture(params=["default", "current"], autouse=True)
def ladder(request: pytest.FixtureRequest, stack: LocalStack) -> Iterator[str]:
    with in_force(stack, Preset(request.param)):
        standin(stack, "POST", "reset", {})
        yield str(request.param)


def standin(stack: LocalStack, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(stack.standin_url or "").netloc, timeout=10)
    connection.request(method, f"/_standin/{path}", None if body is None else json.dumps(body))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def run(*command: str, directory: Path, **environment: str) -> str:
    told = {"PATH": os.environ["PATH"], "NO_PROXY": "127.0.0.1,localhost", **environment}
    done = subprocess.run(
        command,
        cwd=directory,
        env=told,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def script_weather(stack: LocalStack, prompt: str) -> None:
    """A call of the tool, then an answer made of its result."""
    call = {"name": "get_weather", "input": {"city": "Oslo"}}
    steps = [{"contains": "light breeze", "answer": "It is sunny in Oslo."}, {"contains": prompt, "tool": call}]
    standin(stack, "POST", "script", steps)


def answered(stack: LocalStack) -> list[dict[str, Any]]:
    """What the stand-in answered with a message, oldest first."""
    return [one for one in standin(stack, "GET", "requests") if one["path"].startswith("/v1/messages")]


def sessions_since(stack: LocalStack, before: set[str]) -> list[str | None]:
    """The session of each record that was not there before."""
    return [session for request_id, session in ledger(stack).items() if request_id not in before]


def ledger(stack: LocalStack) -> dict[str, str | None]:
    """Request id → session."""
    table = stack.environment("RouterFunction")["LEDGER_TABLE"]
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    items = [item for page in pages for item in page["Items"]]
    return {item["request_id"]["S"]: item.get("session", {}).get("S") for item in items}


def test_claude_code_reads_a_file_and_answers(stack: LocalStack, tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("there is no npm on this machine")
    assert CLAUDE_CODE.exists(), "Claude Code is missing: `make e2e` installs it"
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    (work / "notes.txt").write_text("The word of the day is heron.\n")
    read = {"name": "Read", "input": {"file_path": str(work / "notes.txt")}}
    answer = {"contains": "is heron", "answer": "The word of the day is heron."}
    standin(stack, "POST", "script", [answer, {"contains": "word of the day", "tool": read}])
    before = {*ledger(stack)}
    settings = {
        "HOME": str(home),
        "ANTHROPIC_BASE_URL": stack.url,
        "ANTHROPIC_API_KEY": "any",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    }
    prompt = "What is the word of the day in notes.txt?"
    options = ["-p", prompt, "--model", "auto", "--output-format", "json", "--allowedTools", "Read"]
    told = json.loads(run(str(CLAUDE_CODE), *options, directory=work, **settings))
    assert (told["is_error"], told["result"], told["num_turns"]) == (False, "The word of the day is heron.", 2)
    assert {one["status"] for one in answered(stack)} == {200}, "no request of a session is refused"
    sessions = sessions_since(stack, before)
    assert len(sessions) >= 2
    assert None not in sessions
    assert len({*sessions}) == 1, "it names its session in every request"


def test_the_python_sdks_tool_runner(stack: LocalStack) -> None:
    asked: list[str] = []

    @beta_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return "Sunny with a light breeze"

    prompt = "Tell me what it is like in Oslo, for the runner in Python"
    script_weather(stack, prompt)
    before = {*ledger(stack)}
    client = anthropic.Anthropic(base_url=stack.url, api_key="any", max_retries=0)
    runner = client.beta.messages.tool_runner(
        model="auto", max_tokens=1000, messages=[{"role": "user", "content": prompt}], tools=[get_weather]
    )
    last = runner.until_done()
    assert (asked, last.stop_reason) == (["Oslo"], "end_turn")
    assert [block.text for block in last.content if block.type == "text"] == ["It is sunny in Oslo."]
    assert [one["status"] for one in answered(stack)] == [200, 200]
    assert [len(one["body"]["messages"]) for one in answered(stack)] == [1, 1], "the second call continues a thread"
    first, second = sessions_since(stack, before)
    assert first is not None
    assert first == second


def test_the_typescript_sdks_tool_runner(stack: LocalStack) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node on this machine")
    prompt = "Tell me what it is like in Oslo, for the runner in TypeScript"
    script_weather(stack, prompt)
    told = json.loads(run("node", "tool_runner.mjs", directory=TYPESCRIPT, ROUTER_URL=stack.url, PROMPT=prompt))
    assert told == {"asked": ["Oslo"], "text": "It is sunny in Oslo.", "stop_reason": "end_turn"}
    assert [one["status"] for one in answered(stack)] == [200, 200]
