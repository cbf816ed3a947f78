"""Lambda's Runtime API (version 2018-06-01), one endpoint per worker process.

The other end is AWS's own runtime client. It asks for the next invocation, posts a response or an error, and
asks again. Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import base64
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from devtools.http.messages import Request, Response
from devtools.http.server import HttpServer

_PREFIX = "/2018-06-01/runtime"
MAX_PAYLOAD = 6 * 1024 * 1024
MAX_STREAM = 200 * 1024 * 1024
_INVOCATION_ID = "Lambda-Runtime-Invocation-Id"
_RESPONSE_MODE = "Lambda-Runtime-Function-Response-Mode"
_ERROR_TYPE = "lambda-runtime-function-error-type"
_ERROR_BODY = "lambda-runtime-function-error-body"
_ACCEPTED = b'{"status":"OK"}'
_SETTLING = threading.Lock()
_UNREAD_LIMIT = 65_536
"""Bytes of a streamed answer that wait for its caller. Then the function has to wait, as behind Lambda."""


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """``payload`` is the function's JSON, or Lambda's error object when ``failed``."""

    payload: bytes
    failed: bool


@dataclass(slots=True)
class Invocation:
    """One event and its result. ``deadline`` is in epoch seconds, set when a worker takes the event."""

    request_id: str
    event: bytes
    arn: str
    timeout: float
    trace_id: str
    deadline: float = 0.0
    invocation_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    result: InvocationResult | None = None
    pieces: list[bytes] = field(default_factory=list)
    #: Bytes that `listen` has not yielded yet, or None while there is no listener.
    _unread: int | None = None
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def receive(self, piece: bytes) -> None:
        """Add a piece of the worker's response. Blocks while the listener has too much unread."""
        with self._changed:
            self.pieces.append(piece)
            if self._unread is not None:
                self._unread += len(piece)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.result is not None or (self._unread or 0) <= _UNREAD_LIMIT)

    def listen(self, timeout: float) -> Iterator[bytes]:
        """The pieces as they come, until there is a result or ``timeout`` seconds have passed."""
        ends = time.monotonic() + timeout
        seen = 0
        try:
            while True:
                with self._changed:
                    self._unread = sum(map(len, self.pieces[seen:]))
                    self._changed.notify_all()
                    if len(self.pieces) == seen and self.result is None:
                        self._changed.wait(max(0.0, ends - time.monotonic()))
                    new = self.pieces[seen:]
                if not new and (self.result is not None or time.monotonic() >= ends):
                    return
                seen += len(new)
                if new:
                    yield b"".join(new)
        finally:  # the function continues without its caller
            with self._changed:
                self._unread = None
                self._changed.notify_all()

    def finish(self, result: InvocationResult) -> None:
        """Settle the outcome; only the first counts (a kill may race with an answer)."""
        with self._changed:
            if self.result is None:
                self.result = result
                self._changed.notify_all()

    def fail(self, error_type: str, message: str) -> None:
        """Settle it as failed, with an error of Lambda's own shape."""
        self.finish(InvocationResult(error_payload(error_type, message, self.request_id), failed=True))

    def wait(self, timeout: float | None = None) -> InvocationResult | None:
        """The outcome, or None when there is none within ``timeout`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.result, timeout)
        return self.result


def error_payload(error_type: str, message: str, request_id: str) -> bytes:
    """Lambda's error object for what the function could not say itself (killed, timed out, too large)."""
    text = f"RequestId: {request_id} Error: {message}"
    return json.dumps({"errorMessage": text, "errorType": error_type, "stackTrace": []}).encode()


Hand = Callable[[Invocation | None], None]
"""Gives a waiting worker its next invocation, or None to end it. May be called in any thread."""


class RuntimeApi:
    """Serves one worker. ``asked`` is called where it asks for an invocation, with the way to hand it over."""

    def __init__(self, *, asked: Callable[[Hand], None], init_failed: Callable[[bytes], None], name: str) -> None:
        self._asked = asked
        self._init_failed = init_failed
        self._current: Invocation | None = None
        self._server = HttpServer("127.0.0.1", 0, self._respond, name=f"runtime-{name}", backpressure=True)
        self.address = f"127.0.0.1:{self._server.port}"
        self._server.start()

    def close(self) -> None:
        """End the worker's connections."""
        self._server.close()

    def _respond(self, request: Request) -> Response | None:
        path = request.target
        if path == f"{_PREFIX}/invocation/next":
            self._asked(lambda invocation: self._hand(request.connection, invocation))
            return None
        if path == f"{_PREFIX}/init/error":
            self._init_failed(request.body())
            return Response(202, body=_ACCEPTED)
        if path == f"{_PREFIX}/restore/next":
            return Response(200)  # a snapshot is never taken: restored at once
        if path == f"{_PREFIX}/restore/error":
            self._init_failed(request.body())
            return Response(202, body=_ACCEPTED)
        parts = path.removeprefix(f"{_PREFIX}/invocation/").split("/")
        if len(parts) != 2 or parts[1] not in ("response", "error"):
            return Response(404, body=b'{"errorMessage":"no such path","errorType":"InvalidPath"}')
        return self._outcome(request, parts[0], failed=parts[1] == "error")

    def _hand(self, connection: socket.socket, invocation: Invocation | None) -> None:
        try:
            connection.sendall((Response(410, close=True) if invocation is None else self._next(invocation)).encode())
        except OSError:
            return  # the worker is gone: its host looks after what it had

    def _next(self, invocation: Invocation) -> Response:
        self._current = invocation
        invocation.deadline = time.time() + invocation.timeout
        headers = [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", invocation.request_id),
            (_INVOCATION_ID, invocation.invocation_id),
            ("Lambda-Runtime-Deadline-Ms", str(int(invocation.deadline * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.arn),
            ("Lambda-Runtime-Trace-Id", invocation.trace_id),
        ]
        return Response(200, headers, invocation.event)

    def _outcome(self, request: Request, request_id: str, *, failed: bool) -> Response:
        invocation = self._current
        if invocation is None or invocation.request_id != request_id:
            request.body()
            return Response(400, body=b'{"errorMessage":"not in progress","errorType":"InvalidRequestID"}')
        if request.header(_INVOCATION_ID) != invocation.invocation_id:
            request.body()
            return Response(410, body=b'{"errorMessage":"it is over","errorType":"ErrorRuntimeInvokeTimeout"}')
        limit = MAX_STREAM if request.header(_RESPONSE_MODE) == "streaming" else MAX_PAYLOAD
        size = 0
        for piece in request.chunks():
            size += len(piece)
            if size <= limit:
                invocation.receive(piece)
        self._current = None
        if _ERROR_TYPE in request.trailers:
            error = base64.b64decode(request.trailers.get(_ERROR_BODY, ""))
            invocation.finish(InvocationResult(error, failed=True))
            return Response(202, body=_ACCEPTED)
        if size > limit:
            invocation.fail(
                "Function.ResponseSizeTooLarge",
                f"Response payload size exceeded maximum allowed payload size ({limit} bytes).",
            )
            return Response(413, body=b'{"errorMessage":"too large","errorType":"RequestEntityTooLarge"}')
        invocation.finish(InvocationResult(b"".join(invocation.pieces), failed=failed))
        return Response(202, body=_ACCEPTED)
