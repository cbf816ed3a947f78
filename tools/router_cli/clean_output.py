"""Everything that a command prints passes here: text from logs, rules, AWS or file names cannot control the terminal.

Control characters, escape sequences and characters that reorder text are printed as JSON's escapes, such as \\u001b. In
JSON output they mean the same as before, so a program that reads it gets the same data.
"""

import json
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

#: C0 without tab and newline, DEL and C1; bidirectional and invisible formatting; line separators; surrogates; tags.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """The text with what a terminal might obey escaped; newlines and tabs stay."""
    return _UNSAFE.sub(lambda found: json.dumps(found.group())[1:-1], text)


def clean_cell(text: str) -> str:
    """The same for a cell of a table, on one line."""
    return clean(text).replace("\n", "\\n").replace("\t", "\\t")


class CleanStream:
    """A text stream that escapes unsafe characters; `raw` is the underlying stream."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        self.raw.write(clean(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


class _CleanConsole(Console):
    """Cleans what it is given and adds styles of its own, so it writes to the stream itself."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(clean(segment.text), segment.style)


def console(*, stderr: bool = False, highlight: bool = True) -> Console:
    """A console for tables and styles. Square brackets in a text are no markup."""
    stream = sys.stderr if stderr else sys.stdout
    raw = stream.raw if isinstance(stream, CleanStream) else stream
    return _CleanConsole(file=raw, markup=False, emoji=False, highlight=highlight)


class CleanGroup(click.Group):
    """A group of commands whose output is cleaned, click's own messages and tracebacks included."""

    def main(self, *args: Any, **extra: Any) -> Any:
        streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = CleanStream(streams[0]), CleanStream(streams[1])
        try:
            result = super().main(*args, **extra)
        except SystemExit:
            sys.stdout, sys.stderr = streams
            raise
        # After any other exception the streams stay as they are: Python is about to print its message.
        sys.stdout, sys.stderr = streams
        return result
