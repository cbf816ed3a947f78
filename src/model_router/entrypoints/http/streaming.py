"""`stream: true`: the answer of `POST /v1/messages` as server-sent events."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from model_router.domain.answers.answer_json import plan_events
from model_router.domain.errors import InternalError, RouterError
from model_router.domain.executions.execution import IdempotencyKey
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.requests.request import RouteRequest
from model_router.entrypoints.http.event_stream import PING_SECONDS, EventStream
from model_router.entrypoints.http.response import error_headers
from model_router.entrypoints.wiring import RouterFunction
from model_router.runtime.answers import Responder
from model_router.services.request_path.relay import Sink


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
