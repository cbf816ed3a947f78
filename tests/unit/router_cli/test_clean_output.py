"""No command prints what a terminal obeys, whatever logs, rules, names and AWS's messages hold."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from router_cli import clean_output
from router_cli.clean_output import CleanGroup, CleanStream, clean
from router_cli.main import main
from router_cli.terminal import listing

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[8m\x9b31m\r\x08\x7f\u202e\u2066\u2028\u200b[bold]x[/red]\u061c"
OBEYED = re.compile(r"[^\t\n\x20-\x7e\u00a0-\uffff]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def run(*arguments: str | Path, stdin: str = "") -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)
    assert not OBEYED.search(result.output), repr(OBEYED.findall(result.output))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Calls whose texts, models and ids are hostile, in a file whose name is too."""
    call: dict[str, Any] = {
        "request": {
            "model": f"claude-{HOSTILE}",
            "max_tokens": 50,
            "system": HOSTILE,
            "messages": [{"role": "user", "content": f"{HOSTILE} Zap\n\tthis"}],
            "metadata": {"user_id": HOSTILE},
        },
        "response": {"model": f"claude-{HOSTILE}", "usage": {"input_tokens": 9, "output_tokens": 9}, "content": []},
        "want": HOSTILE,
    }
    known = {**call, "request": {**call["request"], "model": "claude-opus-4-7"}}
    known["response"] = {**call["response"], "model": "claude-opus-4-7"}
    path = tmp_path / f"log{HOSTILE.replace('/', '')}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in (call, known)) + HOSTILE + "\n", encoding="utf-8")
    return path


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / f"rules{HOSTILE.replace('/', '')}"
    (folder / "tasks").mkdir(parents=True)
    (folder / "routing.json").write_text(json.dumps({HOSTILE: HOSTILE}))
    (folder / "tasks" / "classification.json").write_text(json.dumps({"tier": HOSTILE, "patterns": [HOSTILE]}))
    return folder


def test_audits_backtests_and_recommendations_of_hostile_logs(log: Path, tmp_path: Path) -> None:
    assert "opus" in run("audit", log, "--examples").output
    commands: list[list[str | Path]] = [
        ["audit", log, "--examples", "--json"],
        ["audit", log, "--out", tmp_path / f"out{HOSTILE.replace('/', '')}"],
        ["backtest", log, "--rules", "rules/default", "--rules", "rules/default"],
        ["recommend", log, "--rules", "rules/default"],
    ]
    for command in commands:
        run(*command)


def test_json_on_the_terminal_has_the_data_of_the_file(log: Path, tmp_path: Path) -> None:
    printed = run("audit", log, "--json", "--examples", "--out", tmp_path / "out").stdout
    written = (tmp_path / "out" / "audit.json").read_text(encoding="utf-8")
    assert json.loads(printed) == json.loads(written)
    assert r"\u202e" in printed
    assert "\u202e" in written


@pytest.mark.parametrize("options", [(), ("--json",), ("--task", HOSTILE), ("--client", HOSTILE)])
def test_explanations_of_hostile_prompts(options: tuple[str, ...]) -> None:
    run("explain", f"{HOSTILE} classify this", "--system", HOSTILE, *options)
    run("explain", *options, stdin=json.dumps({"messages": [{"role": HOSTILE, "content": HOSTILE}], HOSTILE: 1}))


def test_errors_about_hostile_rules_files_and_arguments(rules: Path, log: Path, tmp_path: Path) -> None:
    for command in (
        ["rules", "validate", rules],
        ["rules", "validate", rules, "--json"],
        ["rules", "validate", tmp_path / f"none{HOSTILE.replace('/', '')}"],
        ["explain", "hi", "--rules", rules],
        ["audit", log, "--rules", rules],
        ["audit", f"none{HOSTILE}"],
        [HOSTILE],
        ["audit", f"--{HOSTILE}"],
        ["rules", HOSTILE],
    ):
        assert run(*command).exit_code != 0


class HostileFunction:
    """A report's function that fails over a ledger of hostile names."""

    def invoke(self, **_: object) -> dict[str, object]:
        return {"FunctionError": "Unhandled", "Payload": StringIO(json.dumps({"errorMessage": f"of {HOSTILE}"}))}


def test_a_report_of_a_hostile_ledger_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.client", lambda _: HostileFunction())
    failed = run("report", "--function", "f")
    assert failed.exit_code == 1
    assert r"\u001b]0;owned" in failed.output


@click.group(cls=CleanGroup)
def sample() -> None:
    """For what no command of ours does."""


@sample.command()
@click.argument("how")
def say(how: str) -> None:
    if how == "raise":
        raise ValueError(HOSTILE)
    if how == "refuse":
        raise click.ClickException(HOSTILE)
    print(HOSTILE)  # noqa: T201
    click.echo(HOSTILE, err=True)
    clean_output.console().print(HOSTILE, Table(HOSTILE), style="bold")
    clean_output.console().print(listing([HOSTILE], [], [[f"a\nb{HOSTILE}"]]))


@pytest.mark.parametrize("how", ["print", "refuse", "raise"])
def test_whatever_a_command_prints_or_raises_is_cleaned(how: str) -> None:
    program = f"from tests.unit.router_cli.test_clean_output import sample; sample(['say', {how!r}])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    written = (done.stdout + done.stderr).decode()
    assert r"\u001b]0;owned" in written
    assert not OBEYED.search(written), repr(OBEYED.findall(written))
    assert (done.returncode != 0) is (how != "print")


def test_a_cell_of_a_table_is_one_line() -> None:
    with pytest.MonkeyPatch.context() as patched:
        out = StringIO()
        patched.setattr(sys, "stdout", CleanStream(out))
        clean_output.console().print(listing(["a"], [], [["one\ntwo\tthree"]]))
    assert r"one\ntwo\tthree" in out.getvalue()


@given(st.text(st.characters(max_codepoint=0xFFFF)))
def test_cleaning_keeps_json_equal_and_leaves_nothing_to_obey(text: str) -> None:
    assert json.loads(clean(json.dumps({"a": text}, ensure_ascii=False))) == {"a": text}
    assert not OBEYED.search(clean(text))
