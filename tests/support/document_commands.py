"""The commands that README and the documents tell a reader to type.

Three spellings: `$ ` lines of a ```console block (what follows without `$ ` is what they print; a block without any is
commands alone; a line that ends in a backslash or within quotes continues in the next), ```python blocks, and indented
lines that begin with a program's name.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# Synopses and generated tables of the command line, which tests/unit/router_cli holds to the program itself.
_GENERATED = {"docs/cli.md"}
_PROGRAMS = ("router ", "make ", "aws ", "python ", ".venv/bin/", "curl ", "git ", "export ")
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or one Python program, of a document."""

    document: str
    text: str
    python: bool = False


def documents() -> list[Path]:
    """README and everything below docs."""
    return [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def commands() -> list[Command]:
    """In the order in which a reader comes to them, document by document."""
    all_commands: list[Command] = []
    for file in documents():
        name = str(file.relative_to(PROJECT))
        if name not in _GENERATED:
            all_commands += commands_in(name, file.read_text(encoding="utf-8"))
    return all_commands


def commands_in(document: str, text: str) -> list[Command]:
    """Of one document's text."""
    numbered: list[tuple[int, Command]] = []
    for block in _BLOCK.finditer(text):
        kind, body = block.groups()
        if kind == "python":
            numbered.append((block.start(), Command(document, body, python=True)))
        elif kind in ("console", "bash", "sh", "shell"):
            lines = body.splitlines()
            prompts = any(line.startswith("$ ") for line in lines)
            starts = [line.removeprefix("$ ") if line.startswith("$ ") or not prompts else None for line in lines]
            numbered += [(block.start(), Command(document, each)) for each in _joined(lines, starts)]
    outside = _BLOCK.sub(lambda block: "\n" * block.group().count("\n"), text)
    indented = outside.splitlines()
    starts = [
        line.strip() if line.startswith("    ") and line.strip().startswith(_PROGRAMS) else None for line in indented
    ]
    numbered += [(len(text), Command(document, each)) for each in _joined(indented, starts)]
    return [command for _, command in sorted(numbered, key=lambda pair: pair[0])]


def _joined(lines: list[str], starts: list[str | None]) -> Iterator[str]:
    """Complete commands: each first line with its continuation lines."""
    at = 0
    while at < len(lines):
        start = starts[at]
        at += 1
        if start is None:
            continue
        whole = start
        while at < len(lines) and _goes_on(whole):
            whole += "\n" + lines[at]
            at += 1
        yield whole


def _goes_on(text: str) -> bool:
    if text.endswith("\\"):
        return True
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False
