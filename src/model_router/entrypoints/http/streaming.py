"""`stream: true`: the answer of `POST /v1/messages` as server-sent events.

Until the first event, an error has its own HTTP status. A ping is sent if nothing has come for a while, since gateways
and clients give up on silent connections; from then on the status is 200, and an error is an `error` event.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from model_router.domain import json_codec
from model_router.domain.answers.answer_json import plan_events
from model_router.domain.errors import InternalError, RouterError
from model_router.domain.executions.execution import IdempotencyKey
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.requests.request import RouteRequest
from model_router.entrypoints.http.response import error_headers
from model_router.entrypoints.wiring import RouterFunction
from model_router.runtime.answers import Responder
from model_router.services.request_path.relay import Sink

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


@dataclass(frozen=True, slots=True)
class MessageStream:
    """The `Answer` to a request. Claude is called when it is sent."""

    request: RouteRequest
    function: RouterFunction
    seconds: float
    gateway_request_id: str
    key: IdempotencyKey | None = None
    #: Further headers of the response.
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, responder: Responder, *, live: bool) -> None:
        with EventStream(responder, self.headers, ping_seconds=PING_SECONDS if live else None) as events:
            try:
                self._answer(events)
            except RouterError as error:
                self._fail(events, error)
            except Exception as error:  # noqa: BLE001 - the stream must end properly even after a bug
                self.function.telemetry.bug(error, self.gateway_request_id)
                self._fail(events, InternalError())

    def _answer(self, events: EventStream) -> None:
        """With an idempotency key the events are stored as they are sent; a replay sends the stored ones."""
        if self.key is None:
            routed = self.function.route.route(self.request, self.seconds, events)
            if routed.message is None:
                _send(events, routed.response_headers(), plan_events(routed))
            return

        ends = time.monotonic() + self.seconds

        def work(headers: Mapping[str, str]) -> StoredAnswer:
            recorder = _Recorder(events, headers)
            self.function.route.route(self.request, ends - time.monotonic(), recorder)
            return StoredAnswer(200, recorder.headers, events=tuple(recorder.events))

        result = self.function.idempotency.run_once(self.key, self.seconds, work)
        if result.replayed:
            _send(events, result.answer.headers, result.answer.events)

    def _fail(self, events: EventStream, error: RouterError) -> None:
        headers = error_headers(error, self.gateway_request_id)
        events.fail(error, {**headers, "content-type": "application/json"})


class _Recorder:
    """Passes an answer's events on to a `Sink` with further headers, and keeps them for a replay."""

    def __init__(self, sink: Sink, further_headers: Mapping[str, str]) -> None:
        self._sink = sink
        self._further_headers = further_headers
        self.headers: dict[str, str] = {}
        self.events: list[tuple[str, str]] = []

    def begin(self, headers: Mapping[str, str]) -> None:
        self.headers = {**headers, **self._further_headers}
        self._sink.begin(self.headers)

    def event(self, name: str, data: str) -> None:
        if name != "ping":
            self.events.append((name, data))
        self._sink.event(name, data)


def _send(events: EventStream, headers: Mapping[str, str], named_data: Iterable[tuple[str, str]]) -> None:
    events.begin(headers)
    for name, data in named_data:
        events.event(name, data)
