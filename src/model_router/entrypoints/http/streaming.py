"""`stream: true`: the answer of `POST /v1/messages` as server-sent events."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from model_router.domain.answers.answer_json import plan_events
from model_router.domain.errors import InternalError, RouterError
from model_router.domain.executions.execution import IdempotencyKey
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.requests.request import RouteRequest
from model_router.entrypoints.http.event_recorder import EventRecorder
from model_router.entrypoints.http.event_stream import PING_SECONDS, EventStream
from model_router.entrypoints.http.response import error_headers
from model_router.entrypoints.wiring import RouterFunction
from model_router.runtime.answers import Responder

BUG = "The router failed. It is a bug: report it with the request id."


@dataclass(frozen=True, slots=True)
class MessageStream:
    """The `Answer` to a request; Claude is asked when it is sent."""

    request: RouteRequest
    function: RouterFunction
    seconds: float
    gateway_request_id: str
    keyed: IdempotencyKey | None = None

    def send(self, responder: Responder, *, live: bool) -> None:
        with EventStream(responder, ping_seconds=PING_SECONDS if live else None) as events:
            try:
                self._answer(events)
            except RouterError as error:
                self._fail(events, error)
            except Exception as error:  # noqa: BLE001 - a bug must not leave the caller without an end
                self.function.telemetry.bug(error, self.gateway_request_id)
                self._fail(events, InternalError(BUG))

    def _answer(self, events: EventStream) -> None:
        """Under an idempotency key the events are kept as they go out, and go out again as they were."""
        if self.keyed is None:
            routed = self.function.route.route(self.request, self.seconds, events)
            if routed.message is None:
                self._send(events, routed.response_headers(), plan_events(routed))
            return

        ends = time.monotonic() + self.seconds

        def work(headers: Mapping[str, str]) -> StoredAnswer:
            recorder = EventRecorder(events, headers)
            self.function.route.route(self.request, ends - time.monotonic(), recorder)
            return StoredAnswer(200, recorder.headers, events=tuple(recorder.events))

        given = self.function.idempotency.run_once(self.keyed, self.seconds, work)
        if given.replayed:
            self._send(events, given.answer.headers, given.answer.events)

    @staticmethod
    def _send(events: EventStream, headers: Mapping[str, str], told: Iterable[tuple[str, str]]) -> None:
        events.begin(headers)
        for name, data in told:
            events.event(name, data)

    def _fail(self, events: EventStream, error: RouterError) -> None:
        headers = error_headers(error, self.gateway_request_id)
        events.fail(error, {**headers, "content-type": "application/json"})
