"""A streamed answer in the form of Lambda's Runtime API. Source: see `api`."""

import base64
import http.client
import time
from collections.abc import Callable, Mapping

from model_router.runtime import failures
from model_router.runtime.answers import CONTENT_TYPE, prelude
from model_router.runtime.outbox import Outbox

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
