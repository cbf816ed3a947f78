"""Runs every command of the tutorial in examples/README.md against a local stack."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.support.forked_programs import ForkedPrograms

from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from devtools.local_stack.template.reader import REGION

pytestmark = pytest.mark.local
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_OUT = "out/walk"


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=2, warm=1)) as started:
        yield started


@pytest.fixture(scope="module")
def environment(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What a reader exports: the lines that `make run` prints, and the README's own."""
    programs = tmp_path_factory.mktemp("bin")
    told = {
        **os.environ,
        "AWS_ENDPOINT_URL": stack.aws_url,
        "AWS_ENDPOINT_URL_LAMBDA": stack.lambda_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]),
        "API": stack.url,
    }
    with ForkedPrograms(programs, {"router": "router_cli"}):
        yield told


def commands() -> list[str]:
    text = (PROJECT / "examples" / "README.md").read_text(encoding="utf-8")
    return [line for block in _BLOCK.findall(text) for line in block.splitlines()]


def run(command: str, environment: Mapping[str, str], out: Path) -> str:
    shell = ["bash", "-ec", command.replace(_OUT, shlex.quote(str(out)))]
    done = subprocess.run(shell, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_walk_goes_from_a_log_to_full_roll_out_and_back(environment: Mapping[str, str], tmp_path: Path) -> None:
    told = {command: run(command, environment, tmp_path) for command in commands()}
    assert len(told) == 15

    def of(part: str) -> str:
        [found] = [said for command, said in told.items() if part in command]
        return found

    audit = json.loads((tmp_path / "audit" / "audit.json").read_text())
    assert (audit["calls"], audit["unreadable"]) == (1600, {})
    assert audit["saved_share"]["10%"] > 0
    assert (tmp_path / "audit" / "audit.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (
        "route to queue" in json.loads((tmp_path / "rules" / "tasks" / "classification.json").read_text())["patterns"]
    )
    assert "0 of them move" not in of("router backtest")
    assert 'has "route to queue"' in of("A partner passed")
    assert "10 % routed" in of("router rules show")
    assert "40 answered" in of("week.jsonl 40")
    page = Path(of("router report").strip())
    report = json.loads((page.parent / "report.json").read_text())
    assert report["totals"]["requests"] == 40
    assert "Pushed" in of("router rules rollback")


def test_a_refused_report_has_a_message_and_an_exit_code(environment: Mapping[str, str], tmp_path: Path) -> None:
    for options, code, words in (
        (["--function", "model-router-WeeklyReportFunction", "--week", "2026-W60"], 1, "does not exist"),
        (["--function", "no-such-function"], 1, "no-such-function"),
        (["--stack", "no-such-stack"], 1, "Cannot look up WeeklyReportFunction"),
        ([], 2, "--stack NAME"),
    ):
        command = ["router", "report", "--out", str(tmp_path), *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
