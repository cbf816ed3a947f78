"""Reads log files of any size: an entry at a time, in any of the known encodings and formats, each call once."""

import csv
import gzip
import io
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO, Literal

from router_cli.call_logs.calls import FreeCallError, LoggedCall, NotACallError, UnreadableEntryError
from router_cli.call_logs.formats import FORMATS, delimiter_of, entries_of, is_csv
from router_cli.call_logs.json_values import LONGEST, NotReadable, values_in
from router_cli.call_logs.repeats import SeenCalls
from router_cli.call_logs.server_events import is_event_stream, messages_in
from router_cli.call_logs.text_encoding import as_utf8

_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 20
_MOST_PARTIAL = 256
"""Answers that may still grow: agents that work in parallel take turns in a transcript."""
# A cell of a CSV may hold a whole conversation. Without a limit, a quotation mark that is never closed holds the file.
csv.field_size_limit(LONGEST)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An entry that could not be read: where it is, and why. Nothing of the entry itself.

    `whole_file`: the file could not be read, or not to its end.
    """

    file: str
    line: int
    why: str
    whole_file: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that is not counted: it was not billed, or it repeats an earlier call."""

    kind: Literal["free", "repeated"]
    why: str


Entry = LoggedCall | Unreadable | LeftOut
_REPEATED = LeftOut("repeated", "it was read before")


def read_logs(
    paths: Sequence[Path],
    advance: Callable[[int], None] = lambda _: None,
    formats: Mapping[str, ModuleType] = FORMATS,
) -> Iterator[Entry]:
    """Every entry of the files, in order. `advance` gets the number of bytes as the files are read."""
    with closing(SeenCalls()) as seen:
        for path in paths:
            yield from _File(path, formats, seen).entries(advance)


class _File:
    """One log file."""

    def __init__(self, path: Path, formats: Mapping[str, ModuleType], seen: SeenCalls) -> None:
        self._path = path
        self._formats = formats
        self._seen = seen
        #: Answers that may still grow, by their first id; the oldest first.
        self._partial: OrderedDict[str, LoggedCall] = OrderedDict()

    def entries(self, advance: Callable[[int], None]) -> Iterator[Entry]:
        self._seen.begin_file()
        read = failed = whole = 0
        for entry in self._all(advance):
            failed += isinstance(entry, Unreadable)
            read += not isinstance(entry, Unreadable)
            whole += isinstance(entry, Unreadable) and entry.whole_file
            if entry is not None:
                yield entry
        if failed and not read and not whole:
            yield self._failure("none of its entries could be read")

    def _all(self, advance: Callable[[int], None]) -> Iterator[Entry | None]:
        """The entries; None for one that is not a call."""
        try:
            with _opened(self._path, advance) as file:
                first = file.peek(4096)[:4096].lstrip(b" \t\r\n")
                if not first and not file.read(LONGEST).strip():
                    yield self._failure("it is empty")
                    return
                for number, value in _values(file, first):
                    for entry in entries_of(value):
                        yield from self._calls(number, entry)
        except (OSError, EOFError, zlib.error, csv.Error) as error:
            yield self._failure(f"it ends in error ({type(error).__name__})")
        for call in self._partial.values():
            yield self._once(call)

    def _calls(self, number: int, entry: object) -> Iterator[Entry | None]:
        found = read_entry(self._path, number, entry, self._formats)
        if not isinstance(found, LoggedCall):
            yield found
            return
        call = found if found.ids or not isinstance(entry, Mapping) else replace(found, ids=self._seen.ids_of(entry))
        if not call.partial:
            yield self._once(call)
            return
        yield None
        before = self._partial.get(call.ids[0])
        if before is None or call.usage.output_tokens >= before.usage.output_tokens:
            self._partial[call.ids[0]] = call
        if len(self._partial) > _MOST_PARTIAL:
            yield self._once(self._partial.popitem(last=False)[1])

    def _once(self, call: LoggedCall) -> Entry:
        return call if self._seen.add(call.ids) else _REPEATED

    def _failure(self, why: str) -> Unreadable:
        return Unreadable(self._path.name, 0, why, whole_file=True)


def read_entry(path: Path, number: int, entry: object, formats: Mapping[str, ModuleType]) -> Entry | None:
    """The call of an entry, by the first format that recognises it; None for an entry that is not a call."""
    if isinstance(entry, NotReadable):
        return Unreadable(path.name, number, f"it {entry.why}", whole_file=entry.ends_file)
    if not isinstance(entry, Mapping):
        return Unreadable(path.name, number, "it is not a JSON object")
    for reader in formats.values():
        if not reader.recognises(entry):
            continue
        try:
            call: LoggedCall = reader.read(entry)
        except NotACallError:
            return None
        except FreeCallError as free:
            return LeftOut("free", str(free))
        except UnreadableEntryError as error:
            return Unreadable(path.name, number, str(error))
        except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
            return Unreadable(path.name, number, "its fields are not of the kinds that its format has")
        return call
    return Unreadable(path.name, number, "no known log format has such an entry")


def _values(file: "io.BufferedReader[Any]", first: bytes) -> Iterator[tuple[int, Any]]:
    if is_csv(first):
        delimiter = delimiter_of(first.partition(b"\n")[0].decode(errors="replace"))
        text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
        return enumerate(csv.DictReader(_lines(text), delimiter=delimiter), 2)
    return messages_in(file) if is_event_stream(first) else values_in(file, first)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST):
        if len(line) == LONGEST and not line.endswith("\n"):
            raise csv.Error("a line is longer than any call is")
        yield line


@contextmanager
def _opened(path: Path, advance: Callable[[int], None]) -> Iterator["io.BufferedReader[Any]"]:
    """The file's text in UTF-8, unpacked."""
    with path.open("rb") as raw:
        plain = io.BufferedReader(_Counted(raw, advance), _BUFFER)
        if plain.peek(2)[:2] == _GZIP:
            with gzip.GzipFile(fileobj=plain) as unpacked, io.BufferedReader(unpacked, _BUFFER) as text:
                yield as_utf8(text)
        else:
            yield as_utf8(plain)


class _Counted(io.RawIOBase):
    """A file that reports how many bytes were read of it."""

    def __init__(self, raw: BinaryIO, advance: Callable[[int], None]) -> None:
        self._raw = raw
        self._advance = advance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._raw.readinto(buffer)  # type: ignore[attr-defined]
        self._advance(count)
        return int(count)
