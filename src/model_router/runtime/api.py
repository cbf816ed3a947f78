"""The client of Lambda's Runtime API, version 2018-06-01.

Source: the Lambda developer guide, "Using the Lambda runtime API" and "Implementing response streaming in a custom
runtime". A connection is kept for what follows at once. One that lay idle, or is from before a snapshot, may have ended
unnoticed, and an answer that is streamed into it would be lost: it is not used again.

Since July 2026 `/next` gives each invocation an id, which the answer repeats. A request id may come twice, for example
when a caller retries; without the second id, a late answer to the first invocation, which timed out, would be taken for
the answer to the second. Lambda refuses it with 410. Source: AWS's runtime for Python, awslambdaric 4.0.2.
"""

import base64
import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model_router.runtime import failures
from model_router.runtime.answers import CONTENT_TYPE, prelude

_PREFIX = "/2018-06-01/runtime"
_INVOCATION_ID = "Lambda-Runtime-Invocation-Id"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_XRAY_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause"
_MAX_XRAY_BYTES = 32 * 1024
_IDLE_SECONDS = 5.0
_LAST_CHUNK = b"0\r\n"


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event (JSON) and its headers, their names in lower case."""

    event: bytes
    headers: Mapping[str, str]

    @property
    def request_id(self) -> str:
        return self.headers["lambda-runtime-aws-request-id"]

    @property
    def answer_headers(self) -> dict[str, str]:
        """The headers that its answer repeats; empty where Lambda sent no invocation id."""
        invocation_id = self.headers.get(_INVOCATION_ID.lower())
        return {} if invocation_id is None else {_INVOCATION_ID: invocation_id}


class RuntimeApiError(Exception):
    """The Runtime API answered with a status that it should not have: the process can only end."""


class RuntimeApi:
    """The Runtime API at `address` (`host:port`). Calls raise OSError where it does not answer."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._kept: http.client.HTTPConnection | None = None
        self._kept_since = 0.0

    def next_invocation(self) -> Invocation:
        """Waits, without a limit: the process may be frozen for hours."""
        status, headers, body = self._call("GET", "/invocation/next")
        if status != 200:
            raise RuntimeApiError(f"invocation/next answered {status}")
        return Invocation(body, headers)

    def respond(self, invocation: Invocation, body: bytes) -> int:
        """Answers an invocation at once. Returns the status (see `log_refusal`)."""
        return self._post(f"/invocation/{invocation.request_id}/response", body, invocation.answer_headers)

    def stream(self, invocation: Invocation) -> "ResponseStream":
        """An answer that is sent piece by piece. Nothing is sent before it starts."""
        path = f"{_PREFIX}/invocation/{invocation.request_id}/response"
        return ResponseStream(path, invocation.answer_headers, self._connection, self._keep)

    def fail(self, invocation: Invocation, error: BaseException) -> int:
        """Answers an invocation with an error. Returns the status (see `log_refusal`)."""
        headers = {**invocation.answer_headers, _ERROR_TYPE: failures.error_type(error)}
        cause = failures.xray_cause(error)
        if len(cause) <= _MAX_XRAY_BYTES:
            headers[_XRAY_CAUSE] = cause
        request_id = invocation.request_id
        return self._post(f"/invocation/{request_id}/error", failures.payload(error, request_id), headers)

    def fail_init(self, error: BaseException) -> None:
        """The function could not be loaded, or a hook before the snapshot failed."""
        self._post("/init/error", failures.payload(error), {_ERROR_TYPE: failures.error_type(error)})
        self.close()

    def await_restore(self) -> None:
        """Everything is loaded: a snapshot may be taken. Returns in each sandbox that is restored from it."""
        status, _, _ = self._call("GET", "/restore/next")
        self.close()
        if status != 200:
            raise RuntimeApiError(f"restore/next answered {status}")

    def fail_restore(self, error: BaseException) -> None:
        """A hook after the restore failed."""
        self._post("/restore/error", failures.payload(error), {_ERROR_TYPE: failures.error_type(error)})
        self.close()

    def close(self) -> None:
        """Gives the kept connection back; the next call makes a new one."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        status, _, _ = self._call("POST", path, body, {"Content-Type": "application/json", **headers})
        return status

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        kept = self._take()
        connection = kept or http.client.HTTPConnection(self._address)
        try:
            connection.request(method, _PREFIX + path, body, dict(headers or {}))
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            answer = response.status, told, response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            if kept is None:
                raise
            return self._call(method, path, body, headers)  # it had ended: once more, on a new one
        self._keep(connection, response)
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        return self._take() or http.client.HTTPConnection(self._address)

    def _take(self) -> http.client.HTTPConnection | None:
        """The kept connection, which is then no longer kept; None where there is none that can be relied on."""
        if time.monotonic() - self._kept_since > _IDLE_SECONDS:
            self.close()
        kept, self._kept = self._kept, None
        return kept

    def _keep(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        if response.will_close:
            connection.close()
        else:
            self._kept, self._kept_since = connection, time.monotonic()


class ResponseStream:
    """The `Responder` of an invocation: chunks of one POST, an error in mid-stream as its trailers.

    Where Lambda no longer takes the answer, since nobody waits for it, what is written is dropped: the handler has
    more to do than to answer.
    """

    def __init__(
        self,
        path: str,
        headers: Mapping[str, str],
        connect: Callable[[], http.client.HTTPConnection],
        keep: Callable[[http.client.HTTPConnection, http.client.HTTPResponse], None],
    ) -> None:
        """`keep` is given the connection once the answer is over."""
        self._path = path
        self._headers = headers
        self._connect = connect
        self._connection: http.client.HTTPConnection | None = None
        self._keep = keep
        #: Status and headers until they go out, with the first piece of the body.
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
        """Ends the answer; `error` broke it off, and can no longer be told once the end is out.

        Returns the status (see `log_refusal`); None where the connection broke before one came.
        """
        if not self._ended:
            self._send(_LAST_CHUNK + self._trailers(error) + b"\r\n")
        connection = self._connection
        if connection is None:
            return None
        try:
            if not self.broken:
                response = connection.getresponse()
                response.read()
                self._keep(connection, response)
                return response.status
        except (OSError, http.client.HTTPException):
            self.broken = True
        connection.close()
        return None

    def _trailers(self, error: BaseException | None) -> bytes:
        if error is None:
            return b""
        told = base64.b64encode(failures.payload(error)).decode()
        return f"{_ERROR_TYPE}: {failures.error_type(error)}\r\n{_ERROR_BODY}: {told}\r\n".encode("latin-1")

    def _send(self, data: bytes) -> None:
        if self.broken:
            return
        try:
            if self._connection is None:
                self._connection = self._opened(self._opening + data)
            else:
                self._connection.send(data)
        except OSError:
            self.broken = True

    def _opened(self, first: bytes) -> http.client.HTTPConnection:
        connection = self._connect()
        try:
            connection.putrequest("POST", self._path)
            connection.putheader("Content-Type", CONTENT_TYPE)
            connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
            for name, value in self._headers.items():
                connection.putheader(name, value)
            connection.putheader("Transfer-Encoding", "chunked")
            connection.putheader("Trailer", f"{_ERROR_TYPE}, {_ERROR_BODY}")
            connection.endheaders(first)
        except OSError:
            connection.close()
            raise
        return connection


def _chunk(piece: bytes) -> bytes:
    return b"%X\r\n%b\r\n" % (len(piece), piece)
