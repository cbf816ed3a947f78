"""The socket to one client, and the responses that are written to it, each ready for one write."""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

SLICE_SECONDS = 0.05


class ClientGone(Exception):
    """The client closed its connection."""


class Connection:
    """One client's socket. `stop` is set when the server closes: every wait ends then."""

    def __init__(self, sock: socket.socket, stop: threading.Event) -> None:
        self._socket = sock
        self._stop = stop
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def is_gone(self, wait_seconds: float = 0.0) -> bool:
        """Whether the client closed, at once or within the time given."""
        if not self._poll.poll(wait_seconds * 1000):
            return False
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            ClientGone: the client left meanwhile, or the server is closing.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stop.is_set() or self.is_gone(min(left, SLICE_SECONDS)):
                raise ClientGone
            if self._poll.poll(0):  # the next request waits already: the poll above does not
                self._stop.wait(min(left, SLICE_SECONDS))

    def send(self, data: bytes) -> None:
        """Write it all.

        Raises:
            ClientGone: it cannot be written.
        """
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise ClientGone from error

    def cut(self) -> None:
        """Close in both directions, in order."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the client was faster

    def reset(self) -> None:
        """Make the close that follows a reset (RST) in place of an orderly end."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


_LIMITS = (
    "anthropic-ratelimit-requests-limit: 4000\r\n"
    "anthropic-ratelimit-requests-remaining: 3999\r\n"
    "anthropic-ratelimit-requests-reset: 2026-11-22T00:00:00Z\r\n"
    "anthropic-ratelimit-tokens-limit: 2000000\r\n"
    "anthropic-ratelimit-tokens-remaining: 1999000\r\n"
    "anthropic-ratelimit-tokens-reset: 2026-11-22T00:00:00Z\r\n"
)
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {529: "Overloaded"}


def head(status: int, request_id: str, headers: Mapping[str, str]) -> bytes:
    """The status line and the headers, those of every response included."""
    all_headers = {"content-type": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
    common = f"request-id: {request_id}\r\nx-claude-standin: true\r\nserver: claude-standin\r\n"
    limits = _LIMITS if status in {200, 429} else ""
    return f"HTTP/1.1 {status} {_PHRASES.get(status, 'Error')}\r\n{common}{limits}{lines}\r\n".encode("latin-1")


def json_response(status: int, payload: Any, request_id: str, headers: Mapping[str, str]) -> bytes:
    """A whole response with a JSON body."""
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    return head(status, request_id, {"content-length": str(len(body)), **headers}) + body
