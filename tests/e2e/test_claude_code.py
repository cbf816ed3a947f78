"""Claude Code holds a whole session through the router: its costs, its tiers, and every fault in the middle of it.

Claude Code is the real one from npm, with a pinned version. The model is the stand-in, which answers from a script,
caches as Claude does, and keeps its own bill. Prints the tables of `examples/claude-code.md`.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from devtools.local_stack.template.reader import REGION
from devtools.soak.mending import records
from model_router.domain.ledger.record import LedgerRecord
from tests.support.claude_code import PROGRAM, ClaudeCode, Turn, project, tool, turns
from tests.support.preset_in_force import in_force
from tests.support.presets import CURRENT
from tests.support.sdk_comparison import COMPARED

pytestmark = [pytest.mark.e2e, pytest.mark.local]

PAGE = PROJECT / "examples/claude-code.md"
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
ENDS_SECONDS = 30

REFUSED = {"307 to another host"}
"""Claude Code follows this redirect. The router does not: it would send the prompt to a host that no operator chose."""

TIMES = 2
"""A fault meets a turn's first two calls, as in docs/failures.md."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    if shutil.which("npm") is None:
        pytest.skip("there is no npm on this machine")
    assert PROGRAM.exists(), "Claude Code is missing: `make e2e` installs it"


@pytest.fixture(scope="module")
def claude() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture(scope="module")
def stack(claude: StandIn) -> Iterator[LocalStack]:
    options = StackOptions(workers=3, warm=2, claude_url=claude.url, environment={"RULES_CACHE_SECONDS": "0"})
    with LocalStack(options) as running, in_force(running, CURRENT):
        yield running


def folders(directory: Path) -> tuple[Path, Path]:
    """A project and a home folder, both new."""
    work, home = directory / "work", directory / "home"
    work.mkdir(parents=True)
    home.mkdir()
    project(work)
    return work, home


def hold(session: list[Turn], claude: StandIn, code: ClaudeCode) -> None:
    """Say every turn. Each must end as the script has it."""
    for turn in session:
        for step in turn.steps:
            claude.inject(step)
        result = code.say(turn.user, interrupt=turn.interrupted)
        assert result["is_error"] is turn.interrupted, (turn.user, result)


def spent_on(tier: str | None, stack: LocalStack, claude: StandIn, directory: Path) -> list[LedgerRecord]:
    """The ledger of a whole session, routed or held to one tier. It agrees with the stand-in's bill, call by call."""
    claude.reset()
    before = {record.request_id for record in records(stack)}
    work, home = folders(directory)
    limits = {"ANTHROPIC_CUSTOM_HEADERS": f"x-router-min-tier: {tier}\nx-router-max-tier: {tier}"} if tier else {}
    with ClaudeCode(stack.url, "auto", work, home, **limits) as code:
        hold(turns(work), claude, code)
    deadline = time.monotonic() + ENDS_SECONDS
    while True:  # the interrupted call continues for a while
        session = [record for record in records(stack) if record.request_id not in before]
        ledger = {attempt.id: attempt.cost_usd for record in session for attempt in record.attempts}
        billed = {str(call["attempt_id"]): Decimal(call["cost_usd"]) for call in claude.billed()}
        if ledger == billed or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert ledger == billed
    return sorted(session, key=lambda record: record.request_id)


def cost(session: list[LedgerRecord]) -> Decimal:
    return sum((attempt.cost_usd or Decimal(0) for record in session for attempt in record.attempts), Decimal(0))


def tables(sessions: Mapping[str, list[LedgerRecord]], costs: Mapping[str, Decimal]) -> str:
    rows = ["", "| calls on | calls | cost | of all-Opus |", "| --- | --- | --- | --- |"]
    for name, usd in costs.items():
        rows.append(f"| {name} | {len(sessions[name])} | ${usd:.4f} | {usd / costs['opus']:.0%} |")
    rows += ["", "| call | tier | reason |", "| --- | --- | --- |"]
    for number, record in enumerate(sessions["routed"], 1):
        rows.append(f"| {number} | {record.tier} | {record.rule} |")
    return "\n".join([*rows, ""])


def test_a_session_of_eleven_turns_costs_less_than_on_the_baseline(
    stack: LocalStack, claude: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("routed", "opus", "sonnet", "haiku")
    sessions = {name: spent_on(None if name == "routed" else name, stack, claude, tmp_path / name) for name in names}
    costs = {name: cost(session) for name, session in sessions.items()}
    with capsys.disabled():
        sys.stdout.write(tables(sessions, costs))
    assert costs["routed"] < costs["opus"]
    assert Counter(record.tier for record in sessions["routed"]).keys() >= {"haiku", "sonnet"}


def commands() -> list[str]:
    return [line for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")) for line in block.splitlines()]


def test_the_page_of_the_examples(claude: StandIn, tmp_path: Path) -> None:
    """Every command of the page, as a reader types it after `make run`."""
    claude.reset()
    work, home = folders(tmp_path)
    with LocalStack(StackOptions(workers=2, claude_url=claude.url, environment={"RULES_CACHE_SECONDS": "0"})) as stack:
        exports = {
            "AWS_ENDPOINT_URL": stack.aws_url,
            "AWS_ENDPOINT_URL_LAMBDA": stack.lambda_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "ANTHROPIC_BASE_URL": stack.url,
            "ANTHROPIC_API_KEY": "local",
            "ANTHROPIC_MODEL": "auto",
            "HOME": str(home),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), str(PROGRAM.parent), os.environ["PATH"]]),
        }
        claude.inject(tool("Read", file_path=str(work / "notes.txt")))
        claude.inject(answer="heron")
        claude.inject(tool("Glob", pattern="*.md"))
        claude.inject(answer="There are none.")
        printed = [in_shell(command, work, exports) for command in commands()]
        tags = [record.tags for record in records(stack)]
    _, word, files, sessions = printed
    assert (word.strip(), files.strip()) == ("heron", "There are none.")
    assert {"team": "search"} in tags
    assert sessions.count("ses_") == 2


def in_shell(command: str, directory: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-ec", command],
        cwd=directory,
        env={"NO_PROXY": "127.0.0.1,localhost", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def survives(url: str, model: str, claude: StandIn, directory: Path) -> dict[str, bool]:
    """Of one session with a fault in each turn: the turns that Claude Code could answer, by fault."""
    work, home = folders(directory)
    lived: dict[str, bool] = {}
    with ClaudeCode(url, model, work, home) as code:
        hold(turns(work)[:2], claude, code)
        for number, compared in enumerate(COMPARED):
            question, answer = f"Which word is number {number}?", f"word {number}"
            claude.reset()
            fault = dict(compared.step)
            if "location" in fault:
                fault["location"] = fault["location"].format(port=claude.port)
            claude.inject({**fault, "times": TIMES, "contains": question})
            claude.inject({"answer": answer, "contains": question, "times": 0})
            lived[compared.fault] = code.say(question).get("result") == answer
    return lived


def test_no_turn_fails_that_succeeds_without_the_router(stack: LocalStack, claude: StandIn, tmp_path: Path) -> None:
    with StandIn() as alone, ThreadPoolExecutor() as both:
        straight = both.submit(survives, alone.url, CURRENT.model("opus"), alone, tmp_path / "straight")
        claude.reset()
        routed = survives(stack.url, "auto", claude, tmp_path / "routed")
        direct = straight.result()
    assert sum(direct.values()) > len(direct) // 2, "the faults that a session can survive are most of them"
    assert {fault for fault, lived in direct.items() if lived and not routed[fault]} <= REFUSED
