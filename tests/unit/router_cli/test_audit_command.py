"""`router audit`: its figures as tables, as JSON, and as a page."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.support.browser import parse
from tests.support.report_pages import faults, wrong_figures

from devtools.benchmarks.synthetic_log import SyntheticLog
from router_cli.main import main


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    SyntheticLog(3).write(path, 200_000)
    return path


def audit(*arguments: str | Path, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["audit", *map(str, arguments)])
    assert result.exit_code == exit_code, result.output
    return result


def figures_of(text: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return figures


def test_the_bill_of_a_made_up_log_is_what_its_maker_says(tmp_path: Path) -> None:
    made = SyntheticLog(5)
    made.write(tmp_path / "log", 400_000)
    figures = figures_of(audit(tmp_path / "log", "--json").stdout)
    assert (figures["calls"], figures["today_usd"]) == (made.calls, made.today_usd)


def test_the_folder_holds_the_same_figures_as_the_terminal(log: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    printed = figures_of(audit(log, "--json", "--out", out).stdout)
    written = figures_of((out / "audit.json").read_text())
    assert written == printed
    dom = parse((out / "audit.html").read_text(encoding="utf-8"))
    assert wrong_figures(dom, written) == []
    assert len(dom.having("data-path")) > 30
    assert faults(dom) == []


def test_an_audit_of_nothing_makes_a_page_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text('\nnonsense\n{"a": 1}\n')
    audit(tmp_path / "empty", "--out", tmp_path, exit_code=1)
    text = (tmp_path / "audit.html").read_text(encoding="utf-8")
    assert faults(parse(text)) == []
    assert "2 entries could not be read" in text


def test_no_word_of_a_prompt_is_in_any_output_unless_examples_are_asked_for(tmp_path: Path) -> None:
    pair = {
        "timestamp": "2026-11-20T12:00:00Z",
        "request": {"max_tokens": 9, "messages": [{"role": "user", "content": "Hello <b>giraffe</b>"}]},
        "response": {"model": "claude-opus-4-7", "content": [], "usage": {"input_tokens": 4, "output_tokens": 4}},
    }
    log = tmp_path / "log"
    log.write_text(json.dumps(pair))
    shown = audit(log, "--out", tmp_path).output
    page = tmp_path / "audit.html"
    assert "giraffe" not in shown + page.read_text() + (tmp_path / "audit.json").read_text()
    assert "giraffe" in audit(log, "--out", tmp_path, "--examples").output
    assert "&lt;b&gt;giraffe" in page.read_text()


def test_what_could_not_be_counted_is_shown(log: Path, tmp_path: Path) -> None:
    unpriced = log.read_text().splitlines()[0].replace("claude-opus-4-7", "claude-instant-1")
    (tmp_path / "more").write_text(f"{{broken\n{unpriced}\n")
    shown = audit(log, tmp_path / "more").output
    assert "1 call of claude-instant-1: the catalog has no price" in shown
    assert "1 entry could not be read: it is not JSON" in shown


def test_progress_is_shown_on_a_terminals_standard_error_only(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert audit(log, "--json").stderr == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = audit(log, "--json")
    assert "reading" in shown.stderr
    assert figures_of(shown.stdout)["calls"] > 0


@pytest.mark.parametrize("data", [b"", b"Hello\n", b"\x1f\x8bno gzip"])
def test_a_file_that_cannot_be_read_is_an_error_after_the_others_were_read(
    log: Path, tmp_path: Path, data: bytes
) -> None:
    bad, out = tmp_path / "bad.jsonl", tmp_path / "out"
    bad.write_bytes(data)
    alone = figures_of(audit(log, "--json").stdout)
    result = audit(bad, log, "--json", "--out", out, exit_code=1)
    figures = figures_of(result.stdout)
    assert (figures["calls"], figures["today_usd"]) == (alone["calls"], alone["today_usd"])
    assert list(figures["files_in_error"]) == ["bad.jsonl"]
    assert "bad.jsonl" in result.stderr
    dom = parse((out / "audit.html").read_text(encoding="utf-8"))
    assert (faults(dom), wrong_figures(dom, figures)) == ([], [])
    for command in ("backtest", "recommend"):
        rules = ["--rules", "rules/default"]
        again = CliRunner().invoke(main, [command, str(bad), str(log), *rules, "--json"])
        assert (again.exit_code, "bad.jsonl" in again.stderr) == (1, True), again.output


def test_unbilled_and_repeated_calls_are_shown(log: Path, tmp_path: Path) -> None:
    failed = '{"request": {"messages": []}, "response": {"type": "error"}}\n'.replace("[]", '[{"content": "x"}]')
    (tmp_path / "more").write_text(failed)
    once, twice = audit(log, "--json"), audit(log, log, tmp_path / "more", "--json")
    first, second = figures_of(once.stdout), figures_of(twice.stdout)
    assert (second["calls"], second["today_usd"]) == (first["calls"], first["today_usd"])
    assert (second["found_twice"], second["free"]) == (first["calls"], {"Claude answered with an error": 1})
    shown = audit(log, log, tmp_path / "more").output
    assert "entries are calls that were read before, and count once" in shown
    assert "1 entry was not billed: Claude answered with an error" in shown
