"""Reads log files of any size: an entry at a time, gzip or not, each by whoever recognises it."""

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from call_logs import anthropic_entries, bedrock_entries, labelled_entries, ledger_entries, litellm_entries
from call_logs.calls import LoggedCall, UnreadableEntryError
from call_logs.json_values import NotReadable, values_in

FORMATS: Mapping[str, ModuleType] = {
    "Anthropic request/response": anthropic_entries,
    "Bedrock invocation log": bedrock_entries,
    "LiteLLM spend log": litellm_entries,
    "model router ledger": ledger_entries,
}
LABELLED: Mapping[str, ModuleType] = {**FORMATS, "labelled prompts": labelled_entries}
"""With prompts that somebody labelled: what calls of them would cost is an estimate, so that no bill counts them."""

_LISTS = ("data", "Items", "items", "records", "requests")
_GZIP = b"\x1f\x8b"
# A cell of a CSV may hold a whole conversation.
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that could not be read: where it stands, and why. Nothing of the entry itself."""

    file: str
    line: int
    why: str


def read_logs(
    paths: Sequence[Path],
    advance: Callable[[int], None] = lambda _: None,
    formats: Mapping[str, ModuleType] = FORMATS,
) -> Iterator[LoggedCall | Unreadable]:
    """Every entry of the files, in order. `advance` is told of the bytes of the files as they are read."""
    for path in paths:
        yield from _read_file(path, advance, formats)


def _read_file(
    path: Path, advance: Callable[[int], None], formats: Mapping[str, ModuleType]
) -> Iterator[LoggedCall | Unreadable]:
    try:
        with _opened(path, advance) as lines:
            first = lines.peek(4096)[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")  # type: ignore[attr-defined]
            values = _csv_rows(lines) if _is_csv(first) else values_in(lines, first)
            for number, value in values:
                for entry in _entries_of(value):
                    yield _read_entry(path, number, entry, formats)
    except (OSError, EOFError, zlib.error) as error:
        yield Unreadable(path.name, 0, f"the file ends in error ({type(error).__name__})")


def _entries_of(value: Any) -> Sequence[Any]:
    """A value's entries: an API's answer may hold a list of them (LiteLLM's `data`, DynamoDB's `Items`)."""
    if not isinstance(value, Mapping) or len(value) > len(_LISTS):
        return (value,)
    for name in _LISTS:
        if isinstance(value.get(name), list):
            return [{"Item": entry} for entry in value[name]] if name == "Items" else value[name]
    return (value,)


def _read_entry(path: Path, number: int, entry: object, formats: Mapping[str, ModuleType]) -> LoggedCall | Unreadable:
    if isinstance(entry, NotReadable):
        return Unreadable(path.name, number, f"it {entry.why}")
    if not isinstance(entry, Mapping):
        return Unreadable(path.name, number, "it is not a JSON object")
    for reader in formats.values():
        if reader.recognises(entry):
            try:
                call: LoggedCall = reader.read(entry)
            except UnreadableEntryError as error:
                return Unreadable(path.name, number, str(error))
            except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
                return Unreadable(path.name, number, "its fields are not of the kinds that its format has")
            return call
    return Unreadable(path.name, number, "no known log format has such an entry")


def _csv_rows(lines: BinaryIO) -> Iterator[tuple[int, Any]]:
    rows = csv.DictReader(io.TextIOWrapper(lines, encoding="utf-8", errors="replace", newline=""))
    yield from enumerate(rows, 2)


def _is_csv(first: bytes) -> bool:
    header = first.partition(b"\n")[0]
    return not first.startswith((b"{", b"[")) and b"," in header and b"request_id" in header


@contextmanager
def _opened(path: Path, advance: Callable[[int], None]) -> Iterator[BinaryIO]:
    with path.open("rb") as raw:
        told = _Told(raw, advance)
        plain = io.BufferedReader(told, 1 << 20)
        if plain.peek(2)[:2] == _GZIP:
            with gzip.GzipFile(fileobj=plain) as unpacked, io.BufferedReader(unpacked, 1 << 20) as lines:
                yield lines
        else:
            yield plain


class _Told(io.RawIOBase):
    """A file that tells how many bytes were read of it."""

    def __init__(self, raw: BinaryIO, advance: Callable[[int], None]) -> None:
        self._raw = raw
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._raw.readinto(buffer)  # type: ignore[attr-defined]
        self._advance(count)
        return int(count)
