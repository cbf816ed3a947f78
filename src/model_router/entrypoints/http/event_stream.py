"""An answer as server-sent events: the services' `Sink` over the runtime's `Responder`.

Until the first event, an error has its own HTTP status. A ping is sent if nothing has come for a while, since gateways
and clients give up on silent connections; from then on the status is 200, and an error is an `error` event.
"""

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from model_router.domain import json_codec
from model_router.domain.errors import RouterError
from model_router.runtime.answers import Responder

PING_SECONDS = 10.0
"""The longest silence in a stream. Claude's own pings come about as often."""

_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}
_PING = '{"type":"ping"}'


class EventStream:
    """A context manager that sends pings while it is entered; `ping_seconds=None` sends none."""

    def __init__(
        self,
        responder: Responder,
        headers: Mapping[str, str] | None = None,
        *,
        ping_seconds: float | None = PING_SECONDS,
    ) -> None:
        """`headers` are added to the response."""
        self._responder = responder
        self._headers = dict(headers or {})
        self._ping_seconds = ping_seconds
        self._lock = threading.Lock()
        self._started = False
        self._sent = threading.Event()
        self._over = False
        self._pinger: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._ping_seconds is not None:
            self._pinger = threading.Thread(target=self._ping, args=(self._ping_seconds,), name="ping", daemon=True)
            self._pinger.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._over = True
        self._sent.set()
        if self._pinger is not None:
            self._pinger.join()

    def begin(self, headers: Mapping[str, str]) -> None:
        with self._lock:
            self._start(headers)

    def event(self, name: str, data: str) -> None:
        with self._lock:
            self._send(name, data)
        self._sent.set()

    def fail(self, error: RouterError, headers: Mapping[str, str]) -> None:
        """Ends the stream with an error: a response with `headers`, or an `error` event once the stream has started."""
        text = json_codec.dumps(error.body())
        with self._lock:
            if self._started:
                self._send("error", text)
                return
            self._started = True
            self._responder.start(error.status, {**headers, **self._headers})
            self._responder.write(text.encode())

    def _ping(self, seconds: float) -> None:
        while True:
            sent = self._sent.wait(seconds)
            self._sent.clear()
            with self._lock:
                if self._over:
                    return
                if not sent:
                    self._start({})
                    self._send("ping", _PING)

    def _start(self, headers: Mapping[str, str]) -> None:
        if not self._started:
            self._started = True
            self._responder.start(200, {**headers, **self._headers, **_HEADERS})

    def _send(self, name: str, data: str) -> None:
        lines = data.replace("\n", "\ndata: ")
        self._responder.write(f"event: {name}\ndata: {lines}\n\n".encode(errors="replace"))
