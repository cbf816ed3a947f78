"""HTTP/1.1 requests and responses as bytes on a connection, and their content codings: what the local servers need."""

import socket
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import BinaryIO

_MAX_LINE = 65_536
_DRAIN_LIMIT = 64 * 1024 * 1024
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class BadRequestError(Exception):
    """The bytes on the connection are not the HTTP that this server speaks."""


class CutOffError(Exception):
    """An answer ended before it was whole, and its client is to see that."""


class BodyTooLargeError(Exception):
    """The request's body is over the limit that its reader gave."""


@dataclass(slots=True)
class Request:
    """One request; its body is read when asked for. ``target`` is path and query as they came."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    peer: str
    version: str
    _rfile: BinaryIO
    connection: socket.socket
    body_read: bool = False
    #: What came behind a chunked body, names in lower case; there once the body is read.
    trailers: dict[str, str] = field(default_factory=dict)

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        name = name.lower()
        return next((value for key, value in self.headers if key.lower() == name), None)

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives: one piece where its length was declared, each chunk where it was not."""
        self.body_read = True
        if (self.header("expect") or "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in (self.header("transfer-encoding") or "").lower():
            yield from self._chunked()
            return
        try:
            left = int(self.header("content-length") or 0)
        except ValueError:
            raise BadRequestError("Content-Length is no number") from None
        while left > 0:
            piece = self._rfile.read(min(left, 1 << 20))
            if not piece:
                raise BadRequestError("the connection ended inside a body")
            left -= len(piece)
            yield piece

    @property
    def keeps_alive(self) -> bool:
        """Whether the client will use the connection again."""
        connection = (self.header("connection") or "").lower()
        return connection == "keep-alive" if self.version == "HTTP/1.0" else connection != "close"

    def body(self, limit: int = _DRAIN_LIMIT) -> bytes:
        """The whole body, at most ``limit`` bytes; the rest is dropped, so that the answer can be sent."""
        pieces, size = [], 0
        for piece in self.chunks():
            size += len(piece)
            if size <= limit:
                pieces.append(piece)
            elif size > _DRAIN_LIMIT:
                break
        if size > limit:
            raise BodyTooLargeError(f"a body of over {limit} bytes")
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _chunked(self) -> Iterator[bytes]:
        while True:
            line = self._rfile.readline(_MAX_LINE)
            try:
                size = int(line.split(b";", 1)[0], 16)
            except ValueError:
                raise BadRequestError("a chunk without a size") from None
            if size == 0:
                while (line := self._rfile.readline(_MAX_LINE)) not in (b"\r\n", b"\n", b""):
                    name, _, value = line.decode("latin-1").partition(":")
                    self.trailers[name.strip().lower()] = value.strip()
                return
            data = self._rfile.read(size)
            if len(data) < size:
                raise BadRequestError("the connection ended inside a chunk")
            self._rfile.readline(_MAX_LINE)
            yield data


LAST_CHUNK = b"0\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    """A piece of a body, as chunked transfer has it."""
    return b"%X\r\n%b\r\n" % (len(piece), piece)


@dataclass(slots=True)
class Response:
    """What to answer; Content-Length is added. ``close`` ends the connection afterwards.

    ``stream`` after ``body``: sent chunk by chunk as it comes. CutOffError from it ends the connection. ``over``:
    no more of it is sent.
    """

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    close: bool = False
    stream: Iterator[bytes] | None = None
    over: bool = False

    def encode(self, *, head_only: bool = False) -> bytes:
        """The bytes on the wire; the body is left out for HEAD, whose headers may tell its length."""
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.stream is not None:
            lines.append("Transfer-Encoding: chunked")
        elif self.status >= 200 and self.status != 204 and not (head_only and self._tells_its_length()):
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append("Connection: close\r\n\r\n" if self.close else "Connection: keep-alive\r\n\r\n")
        head = "\r\n".join(lines).encode("latin-1", "replace")
        if head_only or self.status == 204:
            return head
        if self.stream is None:
            return head + self.body
        return head + (chunk(self.body) if self.body else b"") + (LAST_CHUNK if self.over else b"")

    def _tells_its_length(self) -> bool:
        return any(name.lower() == "content-length" for name, _ in self.headers)


def read_head(connection: socket.socket, rfile: BinaryIO, peer: str) -> Request | None:
    """The next request's line and headers; None where the client has hung up between requests."""
    line = rfile.readline(_MAX_LINE)
    if not line:
        return None
    words = line.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError("not an HTTP/1 request line")
    headers = []
    while (line := rfile.readline(_MAX_LINE)) not in (b"\r\n", b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise BadRequestError("a header without a colon")
        headers.append((name.strip(), value.strip()))
    return Request(words[0], words[1], headers, peer, words[2], rfile, connection)


_WINDOW_BITS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class UnsupportedCodingError(Exception):
    """The coding is neither gzip, deflate nor identity."""


class InvalidBodyError(Exception):
    """The body is not valid in its coding."""


def decompress(body: bytes, coding: str | None, limit: int) -> bytes:
    """Return the plain body.

    Raises: UnsupportedCodingError; InvalidBodyError; BodyTooLargeError if the plain body is over `limit` bytes.
    """
    coding = (coding or "identity").strip().lower()
    if coding == "identity":
        return body
    if coding not in _WINDOW_BITS:
        raise UnsupportedCodingError(coding)
    decompressor = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        plain = decompressor.decompress(body, limit + 1)
    except zlib.error:
        raise InvalidBodyError(coding) from None
    if len(plain) > limit:
        raise BodyTooLargeError(f"the decompressed body is over {limit} bytes")
    if not decompressor.eof:
        raise InvalidBodyError(coding)
    return plain
