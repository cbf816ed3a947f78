"""A streamed answer in the form of Lambda's Runtime API. Source: see `api`."""

import base64
import http.client
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from model_router.runtime import failures
from model_router.runtime.answers import CONTENT_TYPE, prelude

STALL_SECONDS = 30.0
"""A caller who reads nothing for this long gets nothing more."""


class Outbox:
    """Sends over a connected, blocking socket, in order, and nothing after `ends` (monotonic)."""

    def __init__(self, connection: socket.socket, ends: float) -> None:
        self._socket = connection
        self._ends = ends
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._sending = False
        self._has_thread = False
        self._over = False
        self.broken = False

    def send(self, data: bytes) -> None:
        """Returns at once. Drops the data if the connection is broken."""
        with self._changed:
            if not self._has_thread:
                data = self._sent_at_once(data)
            if not data or self.broken:
                return
            self._waiting.append(data)
            self._changed.notify_all()
            if not self._has_thread:
                self._has_thread = True
                threading.Thread(target=self._send_on, name="outbox", daemon=True).start()

    def flush(self) -> None:
        """Returns once everything is sent, the connection is broken, or the time is over."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            sent = self._changed.wait_for(
                lambda: self.broken or not (self._waiting or self._sending), max(0.0, self._ends - time.monotonic())
            )
            self.broken = self.broken or not sent
        if self.broken:
            with suppress(OSError):  # ends the wait of its thread
                self._socket.shutdown(socket.SHUT_RDWR)

    def _sent_at_once(self, data: bytes) -> bytes:
        """Sends what it can, and returns the rest."""
        try:
            return data[self._socket.send(data, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            return data
        except OSError:
            self.broken = True
            return b""

    def _send_on(self) -> None:
        while data := self._next():
            try:
                self._send_all(memoryview(data))
            except OSError:
                with self._changed:
                    self.broken = True
                    self._changed.notify_all()
                return

    def _next(self) -> bytes:
        """Waits for data to send. Returns nothing once all is sent."""
        with self._changed:
            self._sending = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._over)
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._sending = bool(data)
            return data

    def _send_all(self, data: memoryview) -> None:
        while data:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(min(STALL_SECONDS, left))
            data = data[self._socket.send(data) :]


ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_LAST_CHUNK = b"0\r\n"


class ResponseStream:
    """The `Responder` of an invocation: chunks of one POST, and trailers for an error in mid-stream.

    Writing never waits for the caller to read. If Lambda no longer accepts the answer, or not in time, it is dropped:
    the handler has more to do than to answer.
    """

    def __init__(
        self,
        path: str,
        headers: Mapping[str, str],
        ends: float,
        connect: Callable[[], http.client.HTTPConnection],
        keep: Callable[[http.client.HTTPConnection, http.client.HTTPResponse], None],
    ) -> None:
        """`ends`: when it must be sent (monotonic). `keep` receives the connection at the end."""
        self._path = path
        self._headers = headers
        self._ends = ends
        self._connect = connect
        self._connection: http.client.HTTPConnection | None = None
        self._outbox: Outbox | None = None
        self._keep = keep
        #: Status and headers until they are sent, with the first piece of the body.
        self._opening = b""
        self.started = False
        self.broken = False
        self._ended = False

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        self.started = True
        self._opening = _chunk(prelude(status, headers))

    def write(self, piece: bytes) -> None:
        if piece:  # an empty chunk would end the stream
            self._send(_chunk(piece))

    def end(self, piece: bytes) -> None:
        self._ended = True
        self._send((_chunk(piece) if piece else b"") + _LAST_CHUNK + b"\r\n")

    def finish(self, error: BaseException | None = None) -> int | None:
        """Ends the answer, with the `error` that interrupted it unless the end is already sent.

        Returns the status (see `log_refusal`), or None if the connection broke before one came.
        """
        if not self._ended:
            self._send(_LAST_CHUNK + self._trailers(error) + b"\r\n")
        if self._outbox is not None:
            self._outbox.flush()
            self.broken = self.broken or self._outbox.broken
        connection = self._connection
        if connection is None:
            return None
        try:
            if not self.broken:
                return self._answered(connection)
        except (OSError, http.client.HTTPException):
            self.broken = True
        connection.close()
        return None

    def _answered(self, connection: http.client.HTTPConnection) -> int:
        connection.sock.settimeout(max(0.001, self._ends - time.monotonic()))
        response = connection.getresponse()
        response.read()
        if connection.sock is not None:
            connection.sock.settimeout(None)  # the wait for the next invocation has no limit
        self._keep(connection, response)
        return response.status

    def _trailers(self, error: BaseException | None) -> bytes:
        if error is None:
            return b""
        body = base64.b64encode(failures.payload(error)).decode()
        return f"{ERROR_TYPE}: {failures.error_type(error)}\r\n{_ERROR_BODY}: {body}\r\n".encode("latin-1")

    def _send(self, data: bytes) -> None:
        if self.broken:
            return
        try:
            if self._outbox is None:
                data = self._opening + data
                self._connection = self._opened()
                self._outbox = Outbox(self._connection.sock, self._ends)
            self._outbox.send(data)
            self.broken = self._outbox.broken
        except OSError:
            self.broken = True

    def _opened(self) -> http.client.HTTPConnection:
        connection = self._connect()
        try:
            connection.putrequest("POST", self._path)
            connection.putheader("Content-Type", CONTENT_TYPE)
            connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
            for name, value in self._headers.items():
                connection.putheader(name, value)
            connection.putheader("Transfer-Encoding", "chunked")
            connection.putheader("Trailer", f"{ERROR_TYPE}, {_ERROR_BODY}")
            connection.endheaders()
        except OSError:
            connection.close()
            raise
        return connection


def _chunk(piece: bytes) -> bytes:
    return b"%X\r\n%b\r\n" % (len(piece), piece)
