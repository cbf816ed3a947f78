"""The client of Lambda's Runtime API, version 2018-06-01.

Source: the Lambda developer guide, "Using the Lambda runtime API" and "Implementing response streaming in a custom
runtime". A connection is reused only shortly after its last use. One that was idle, or is from before a snapshot, may
have been closed unnoticed, and an answer that is streamed into it would be lost.

Since July 2026 `/next` gives each invocation an id, which the answer repeats. A request id may come twice, for example
when a caller retries. Without the second id, a late answer to the first invocation, which timed out, would be taken as
the answer to the second. Lambda refuses it with 410. Source: AWS's runtime for Python, awslambdaric 4.0.2.
"""

import http.client
import time
from collections.abc import Mapping
from dataclasses import dataclass

from model_router.runtime import failures
from model_router.runtime.response_stream import ERROR_TYPE, ResponseStream

_PREFIX = "/2018-06-01/runtime"
_INVOCATION_ID = "Lambda-Runtime-Invocation-Id"
_XRAY_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause"
_MAX_XRAY_BYTES = 32 * 1024
_IDLE_SECONDS = 5.0
_RESERVE_SECONDS = 2.0
"""The part of an invocation's time that a streamed answer must leave for the work after it."""
_LONGEST_SECONDS = 900.0
"""Lambda's limit, for an invocation that comes without a deadline."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """An event (JSON) and its headers, names in lower case."""

    event: bytes
    headers: Mapping[str, str]

    @property
    def request_id(self) -> str:
        return self.headers["lambda-runtime-aws-request-id"]

    @property
    def seconds_left(self) -> float:
        """Seconds until Lambda ends it."""
        deadline_ms = int(self.headers.get("lambda-runtime-deadline-ms") or 0)
        return deadline_ms / 1000 - time.time() if deadline_ms else _LONGEST_SECONDS

    @property
    def answer_headers(self) -> dict[str, str]:
        """The headers that the answer repeats; empty if Lambda sent no invocation id."""
        invocation_id = self.headers.get(_INVOCATION_ID.lower())
        return {} if invocation_id is None else {_INVOCATION_ID: invocation_id}


class RuntimeApiError(Exception):
    """The Runtime API answered with an unexpected status: the process can only end."""


class RuntimeApi:
    """The Runtime API at `address` (`host:port`). Calls raise OSError if it does not answer."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._kept: http.client.HTTPConnection | None = None
        self._kept_since = 0.0

    def next_invocation(self) -> Invocation:
        """Waits without a limit: the process may be frozen for hours."""
        status, headers, body = self._call("GET", "/invocation/next")
        if status != 200:
            raise RuntimeApiError(f"invocation/next answered {status}")
        return Invocation(body, headers)

    def respond(self, invocation: Invocation, body: bytes) -> int:
        """Answers an invocation at once. Returns the status (see `log_refusal`)."""
        return self._post(f"/invocation/{invocation.request_id}/response", body, invocation.answer_headers)

    def stream(self, invocation: Invocation) -> ResponseStream:
        """An answer that is sent in pieces, until shortly before the invocation's deadline."""
        path = f"{_PREFIX}/invocation/{invocation.request_id}/response"
        ends = time.monotonic() + invocation.seconds_left - _RESERVE_SECONDS
        return ResponseStream(path, invocation.answer_headers, ends, self._connection, self._keep)

    def fail(self, invocation: Invocation, error: BaseException) -> int:
        """Answers an invocation with an error. Returns the status (see `log_refusal`)."""
        headers = {**invocation.answer_headers, ERROR_TYPE: failures.error_type(error)}
        cause = failures.xray_cause(error)
        if len(cause) <= _MAX_XRAY_BYTES:
            headers[_XRAY_CAUSE] = cause
        request_id = invocation.request_id
        return self._post(f"/invocation/{request_id}/error", failures.payload(error, request_id), headers)

    def fail_init(self, error: BaseException) -> None:
        """Reports that the function could not be loaded, or that a hook before the snapshot failed."""
        self._post("/init/error", failures.payload(error), {ERROR_TYPE: failures.error_type(error)})
        self.close()

    def await_restore(self) -> None:
        """Lets Lambda take a snapshot. Returns in each sandbox that is restored from it."""
        status, _, _ = self._call("GET", "/restore/next")
        self.close()
        if status != 200:
            raise RuntimeApiError(f"restore/next answered {status}")

    def fail_restore(self, error: BaseException) -> None:
        """Reports that a hook after the restore failed."""
        self._post("/restore/error", failures.payload(error), {ERROR_TYPE: failures.error_type(error)})
        self.close()

    def close(self) -> None:
        """Closes the kept connection. The next call makes a new one."""
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
            answer_headers = {name.lower(): value for name, value in response.getheaders()}
            answer = response.status, answer_headers, response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            if kept is None:
                raise
            return self._call(method, path, body, headers)  # it was closed in the meantime: once more, on a new one
        self._keep(connection, response)
        return answer

    def _connection(self) -> http.client.HTTPConnection:
        return self._take() or http.client.HTTPConnection(self._address)

    def _take(self) -> http.client.HTTPConnection | None:
        """Removes and returns the kept connection, or None if there is none that can be relied on."""
        if time.monotonic() - self._kept_since > _IDLE_SECONDS:
            self.close()
        kept, self._kept = self._kept, None
        return kept

    def _keep(self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
        if response.will_close:
            connection.close()
        else:
            self._kept, self._kept_since = connection, time.monotonic()
