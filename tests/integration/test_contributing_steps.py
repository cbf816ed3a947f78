"""The steps of the pages in docs/contributing, followed in a copy of the repository."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
COPIED = ("src", "tools", "docs", "rules", "tests/unit/validators", "tests/property/test_validators.py")
_BLOCK = r":\n\n```\w+\n(?P<code>.*?)^```"
_NAMED = r"`(?P<path>[^`\n]+)`"
_LINE = r"(?:``(?P<quoted>[^\n]+?)``|`(?P<plain>[^`\n]+)`)"
_STEP = re.compile(
    rf"^(?:(?P<create>Create) {_NAMED}{_BLOCK}"
    rf"|(?P<edit>Above the line|Replace the line) {_LINE} of `(?P<edited>[^`\n]+)`(?:, add| by)"
    rf"{_BLOCK.replace('code', 'text')})",
    re.MULTILINE | re.DOTALL,
)


def copy_of_the_repository(folder: Path, *more: str) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    for name in (*COPIED, *more):
        source, target = PROJECT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copy(source, target)
    return folder


def follow(page: str, folder: Path) -> int:
    """Makes the changes that a page describes, and returns how many there were."""
    steps = list(_STEP.finditer((PROJECT / page).read_text(encoding="utf-8")))
    for step in steps:
        if step["create"]:
            (folder / step["path"]).write_text(step["code"], encoding="utf-8")
            continue
        file, start = folder / step["edited"], step["quoted"] or step["plain"]
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        at = next(number for number, line in enumerate(lines) if line.startswith(start))
        lines[at : at + (step["edit"] == "Replace the line")] = [step["text"]]
        file.write_text("".join(lines), encoding="utf-8")
    return len(steps)


def commands(page: str) -> list[str]:
    return re.findall(r"`(python -m [^`]+)`", (PROJECT / page).read_text(encoding="utf-8"))


def run(folder: Path, command: str) -> str:
    """What a command prints in the copy. Its own packages come before the installed ones."""
    arguments = shlex.split(command)
    if arguments[2] == "pytest":
        arguments += ["-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--rootdir={folder}"]
    done = subprocess.run(
        [sys.executable, *arguments[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder / 'tools'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_validator_is_added_by_the_steps_of_its_page(tmp_path: Path) -> None:
    page = "docs/contributing/add-a-validator.md"
    folder = copy_of_the_repository(tmp_path)
    assert follow(page, folder) == 7
    document, tests = commands(page)
    run(folder, document)
    assert "StartsWithSpec" in (folder / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert "StartsWithSpec" not in (PROJECT / "docs" / "openapi.json").read_text(encoding="utf-8")
    run(folder, f"{tests} -k starts_with")


def test_a_model_is_added_by_the_steps_of_its_page(tmp_path: Path) -> None:
    page = "docs/contributing/add-a-model.md"
    folder = copy_of_the_repository(tmp_path)
    assert follow(page, folder) == 2
    validate, explain = commands(page)[:2]
    run(folder, validate)
    decision = json.loads(run(folder, f"{explain} --json"))
    assert decision["model"] == "claude-haiku-9"


def test_a_metric_and_its_alarm_are_added_by_the_steps_of_their_page(tmp_path: Path) -> None:
    page = "docs/contributing/add-a-metric-and-its-alarm.md"
    folder = copy_of_the_repository(tmp_path, "template.yaml", "tests/support", "tests/template")
    assert follow(page, folder) == 6
    (tests,) = commands(page)
    run(folder, tests)


def test_a_route_is_added_by_the_steps_of_its_page(tmp_path: Path) -> None:
    page = "docs/contributing/add-an-entrypoint.md"
    folder = copy_of_the_repository(tmp_path, "tests/support", "tests/template", "template.yaml", "Makefile", "events")
    assert follow(page, folder) == 7
    document, tests = commands(page)
    run(folder, document)
    assert "/v1/tiers" in json.loads((folder / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]
    run(folder, tests)


def test_the_parts_of_a_further_function_are_where_the_page_says() -> None:
    text = (PROJECT / "docs/contributing/add-an-entrypoint.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(("| a ", "| the "))]
    places = {
        name
        for row in rows
        for name in re.findall(r"`([\w/]+(?:\.\w+)?)`", row)
        if "/" in name or name == "template.yaml"
    }
    assert {"src/model_router/entrypoints/functions", "template.yaml", "docs/architecture.md"} <= places
    assert [name for name in places if not (PROJECT / name).exists()] == []


def test_a_report_figure_is_added_by_the_steps_of_its_page(tmp_path: Path) -> None:
    page, figure = "docs/contributing/add-a-report-figure.md", "output_tokens_per_request"
    parts = ("tests/__init__.py", "tests/support", "tests/data", "tests/unit/spend", "tests/unit/report_pages")
    folder = copy_of_the_repository(tmp_path, *parts)
    assert follow(page, folder) == 3
    sample, fields, tests = commands(page)
    run(folder, sample)
    run(folder, fields)
    assert figure in json.loads((folder / "tests/data/weekly_report_sample.json").read_text(encoding="utf-8"))["totals"]
    assert f"`totals.{figure}`" in (folder / "docs" / "report-fields.md").read_text(encoding="utf-8")
    run(folder, tests)
