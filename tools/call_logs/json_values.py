"""JSON values one after another, from a file of any size: a value a line, values over several lines, or one array.

Values come as they are read; no more than the longest one is ever held.
"""

import codecs
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

LONGEST = 64 << 20
"""Bytes of one entry. A request of Claude's is at most 32 MB, and an entry holds one with its answer."""

_CHUNK = 1 << 20
_GAP = " \t\r\n,\ufeff"
_LEDGER = "rules_version"
_plain = json.JSONDecoder()
_exact = json.JSONDecoder(parse_float=Decimal)


class NotReadable:
    """Stands for a value that could not be read; `why` completes a sentence that begins with `it`."""

    def __init__(self, why: str) -> None:
        self.why = why


def values_in(file: BinaryIO, first: bytes) -> Iterator[tuple[int, Any]]:
    """(line, or number of the value in an array; the value) of each. `first` is how the file begins, less white space.

    Amounts of our own ledger's entries are Decimals, digit for digit.
    """
    if first.startswith(b"[") or first.partition(b"\n")[0].strip() == b"{":
        yield from enumerate(_Values(file), 1)
    else:
        yield from _by_line(file)


def _by_line(file: BinaryIO) -> Iterator[tuple[int, Any]]:
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        if len(line) == LONGEST and not line.endswith(b"\n"):
            while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield number, NotReadable("is longer than any call is")
        elif text := line.strip():
            yield number, _loaded(text)


def _loaded(text: bytes) -> Any:
    try:
        if _LEDGER.encode() in text:
            return json.loads(text, parse_float=Decimal)
        return json.loads(text)
    except (ValueError, RecursionError):
        return NotReadable("is not JSON")


class _Values:
    """The values of an array, or of a text of several that span lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
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
                return NotReadable("is not JSON, and neither can the rest of its file be read")
            except RecursionError:
                return NotReadable("is nested too deeply, and the rest of its file was not read")
            if isinstance(value, dict) and self._text.find(_LEDGER, self._at, end) >= 0:
                value, end = _exact.raw_decode(self._text, self._at)
            self._at = end
            return value

    def _cut(self, error: json.JSONDecodeError) -> bool:
        """Whether it was the end of what is read so far that made the value seem wrong."""
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
