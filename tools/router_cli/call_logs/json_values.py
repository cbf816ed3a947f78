"""JSON values one after another, from a file of any size: one per line, over several lines, on one line, or an array.

Values come as they are read; no more than the longest one is ever held.
"""

import codecs
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

LONGEST = 64 << 20
"""Bytes of one entry. A request of Claude's is at most 32 MB, and an entry holds one with its answer."""

_CHUNK = 1 << 20
_GAP = " \t\r\n,\ufeff"
_LEDGER = "rules_version"
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT[0-9:.]{8,18}Z ")
_plain = json.JSONDecoder()
_exact = json.JSONDecoder(parse_float=Decimal)


class NotReadable:
    """Stands for a value that could not be read; `why` completes a sentence that begins with `it`.

    `ends_file`: the rest of the file could not be read either.
    """

    def __init__(self, why: str, *, ends_file: bool = False) -> None:
        self.why = why
        self.ends_file = ends_file


def values_in(file: BinaryIO, first: bytes) -> Iterator[tuple[int, Any]]:
    """(line, or number of the value in an array; the value) of each. `first` is how the file begins, less white space.

    Amounts of our own ledger's entries are Decimals, digit for digit.
    """
    line = first.partition(b"\n")[0].strip()
    if first.startswith(b"[") or (line.startswith(b"{") and line.endswith((b"{", b"[", b","))):
        yield from enumerate(_Values(file), 1)
    else:
        yield from _by_line(file)


def _by_line(file: BinaryIO) -> Iterator[tuple[int, Any]]:
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) < LONGEST or line.endswith(b"\n"):
            if text := line.strip():
                yield from ((number, value) for value in _on_one_line(text))
        elif _begins_with_a_value(line):
            # Values without line ends, as Firehose writes them: the file may be one line.
            yield from enumerate(_Values(file, line), number)
        else:
            while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield number, NotReadable("is longer than any call is")


def _on_one_line(text: bytes) -> Iterator[Any]:
    """The values of a line: usually one."""
    value = _loaded(text)
    time = _TIME.match(text) if isinstance(value, NotReadable) else None
    if time is not None:  # CloudWatch Logs exports its events to S3 like this
        text = text[time.end() :]
        value = _loaded(text)
    if not isinstance(value, NotReadable) or not text.startswith(b"{"):
        yield value
        return
    for number, part in enumerate(_Values(io.BytesIO(), text)):
        where = " from there to the end of its line" if number else ""
        yield NotReadable(f"is not JSON{where}") if isinstance(part, NotReadable) else part


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text, parse_float=Decimal if _LEDGER.encode() in text else None)
    except (ValueError, RecursionError):
        return NotReadable("is not JSON")


def _begins_with_a_value(text: bytes) -> bool:
    try:
        _plain.raw_decode(text.decode(errors="replace"))
    except (ValueError, RecursionError):
        return False
    return True


class _Values:
    """The values of an array, or of a file of concatenated values. `begun`: the bytes that were read already."""

    def __init__(self, file: BinaryIO, begun: bytes = b"") -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = self._decoder.decode(begun)
        self._at = 0
        self._ended = False

    def __iter__(self) -> Iterator[Any]:
        if self._begins_with("["):
            self._at += 1
        while not self._begins_with("]") and self._at < len(self._text):
            value = self._next()
            yield value
            if isinstance(value, NotReadable):
                return

    def _begins_with(self, sign: str) -> bool:
        """Whether the next sign after white space and commas is this one."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _GAP:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text.startswith(sign, self._at)

    def _next(self) -> Any:
        while True:
            try:
                value, end = _plain.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._cut(error) and len(self._text) - self._at < LONGEST and self._more():
                    continue
                return NotReadable("is not JSON, and neither can the rest of its file be read", ends_file=True)
            except RecursionError:
                return NotReadable("is nested too deeply, and the rest of its file was not read", ends_file=True)
            except ValueError:
                return NotReadable("has a number that is too long, and the rest was not read", ends_file=True)
            if isinstance(value, dict) and self._text.find(_LEDGER, self._at, end) >= 0:
                value, end = _exact.raw_decode(self._text, self._at)
            self._at = end
            return value

    def _cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the value failed to parse only because it is not read to its end yet."""
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - 16

    def _more(self) -> bool:
        """Reads on, at least as much as is waiting, so that a long value is tried few times."""
        waiting = self._text[self._at :]
        while not self._ended:
            chunk = self._file.read(max(_CHUNK, len(waiting)))
            self._ended = not chunk
            read = self._decoder.decode(chunk, final=self._ended)
            if read:
                self._text, self._at = waiting + read, 0
                return True
        return False
