"""Log files as UTF-8 without a byte order mark, whatever they are written in: UTF-8 with one, or UTF-16."""

import codecs
import io
from typing import Any, BinaryIO

_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, ""), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def as_utf8(file: "io.BufferedReader[Any]") -> "io.BufferedReader[Any]":
    """The text of `file` in UTF-8. Bytes that are not valid UTF-16 become U+FFFD; memory is bounded."""
    start = file.peek(4)[:4]
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            file.read(len(mark))
            return _recoded(file, encoding) if encoding else file
    # JSON and CSV begin with two ASCII characters: in UTF-16, each next to a zero byte.
    zeros = [byte == 0 for byte in start]
    if zeros == [False, True, False, True]:
        return _recoded(file, "utf-16-le")
    return _recoded(file, "utf-16-be") if zeros == [True, False, True, False] else file


def _recoded(file: BinaryIO, encoding: str) -> "io.BufferedReader[Any]":
    return io.BufferedReader(_Recoded(file, encoding), _CHUNK)


class _Recoded(io.RawIOBase):
    """A file's text in UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._ended:
            chunk = self._file.read(_CHUNK)
            self._ended = not chunk
            self._ready = self._decoder.decode(chunk, final=self._ended).encode(errors="replace")
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count
