"""Lambda's Runtime API as a script: hands out invocations and notes everything that the runtime does."""

import base64
import json
import queue
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from devtools.http.messages import Request, Response
from devtools.http.server import HttpServer

_PREFIX = "/2018-06-01/runtime"


@dataclass(slots=True)
class Posted:
    """A POST of the runtime's: its path below the version, headers and trailers in lower case."""

    path: str
    headers: dict[str, str]
    chunks: list[bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    trailers: dict[str, str] = field(default_factory=dict)
    whole: threading.Event = field(default_factory=threading.Event)

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def json(self) -> Any:
        return json.loads(self.body)

    def trailing_error(self) -> Any:
        return json.loads(base64.b64decode(self.trailers["lambda-runtime-function-error-body"]))


class ScriptedRuntimeApi:
    """`hang_up_after`: a response's connection is cut after so many chunks, as where Lambda has given it up."""

    def __init__(
        self,
        *,
        statuses: dict[str, int] | None = None,
        hang_up_after: int | None = None,
        reading: threading.Event | None = None,
    ) -> None:
        """`reading`: of a response's body nothing is read until it is set, as where its caller does not read."""
        self._reading = reading
        self._events: queue.SimpleQueue[tuple[str, Any, dict[str, str]]] = queue.SimpleQueue()
        self._statuses = statuses or {}
        self._hang_up_after = hang_up_after
        self.restores = 0
        self._connected: set[socket.socket] = set()
        self.posted: list[Posted] = []
        self._server = HttpServer("127.0.0.1", 0, self._respond, name="scripted")
        self.address = f"127.0.0.1:{self._server.port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    def hand_out(self, event: Any, request_id: str = "r-1", **headers: str) -> None:
        """The next invocation; `headers` with underscores for dashes."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self._events.put((request_id, event, headers))

    def end(self) -> None:
        """After what was handed out, the API is out of order."""
        self._statuses["/invocation/next"] = 500

    @property
    def connections(self) -> int:
        """Over how many connections it was asked."""
        return len(self._connected)

    def drop_connections(self) -> None:
        """Ends every connection, as a restart of the API would."""
        for connection in self._connected:
            with suppress(OSError):  # it has ended by itself
                connection.shutdown(socket.SHUT_RDWR)

    def _respond(self, request: Request) -> Response:
        self._connected.add(request.connection)
        path = request.target.removeprefix(_PREFIX)
        if path == "/invocation/next":
            return self._next()
        if path == "/restore/next":
            self.restores += 1
            return Response(self._statuses.get(path, 200))
        posted = Posted(path, {name.lower(): value for name, value in request.headers})
        self.posted.append(posted)
        if self._reading is not None:
            self._reading.wait(60)
        for chunk in request.chunks():
            posted.chunks.append(chunk)
            posted.times.append(time.monotonic())
            if self._hang_up_after is not None and len(posted.chunks) >= self._hang_up_after:
                raise OSError("given up")
        posted.trailers = request.trailers
        posted.whole.set()
        return Response(self._statuses.get(path, 202), body=b'{"status":"OK"}')

    def _next(self) -> Response:
        try:
            request_id, event, headers = self._events.get(timeout=0.1 if "/invocation/next" in self._statuses else None)
        except queue.Empty:
            return Response(self._statuses["/invocation/next"])
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        headers = {
            "Content-Type": "application/json",  # AWS's own runtime crashes without it
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
            **headers,
        }
        return Response(200, list(headers.items()), body)
