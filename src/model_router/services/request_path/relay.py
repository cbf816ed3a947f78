"""An answer on its way to a caller who has it streamed.

    nothing looks at it    its events go out as they come, from its first content on
    something checks it    its events are kept, and go out when it is the caller's answer

Until the first content goes out, another attempt may take its place. The end (`message_delta` and what follows) waits
until the request is over: it carries what it has cost. Texts go out as they came; the `router` object is
added to `message_start` and to `message_delta`.
"""

from collections.abc import Mapping
from typing import Protocol

from model_router.domain import json_codec
from model_router.domain.answers.result import Routed
from model_router.domain.calls.ports import StreamEvent
from model_router.services.request_path.claude_call import Listener

_FIRST_CONTENT = "content_block_delta"
_END = "message_delta"
_LAST = StreamEvent("message_stop", {"type": "message_stop"}, '{"type":"message_stop"}')


class Sink(Protocol):
    """Where the events of an answer go. Never raises: a caller who has hung up changes nothing."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """There will be an answer; before its first event."""

    def event(self, name: str, data: str) -> None:
        """An event and its data, sent at once."""


class Relay:
    """The events of one request's attempts."""

    def __init__(self, sink: Sink, *, checked: bool) -> None:
        self._sink = sink
        self._checked = checked
        #: What has not gone out, by attempt id.
        self._held: dict[str, list[StreamEvent]] = {}
        #: Whether the caller has part of an answer.
        self.begun = False

    def listen(self, attempt_id: str, opening: Mapping[str, object]) -> Listener:
        """What an attempt's events are told to. `opening`: what of the `router` object is known by then."""
        held = self._held[attempt_id] = []
        ending = False

        def hear(event: StreamEvent, headers: Mapping[str, str]) -> None:
            nonlocal ending
            if event.name == "ping":
                if self.begun:
                    self._sink.event(event.name, event.text)
                return
            ending = ending or event.name == _END
            held.append(event)
            if self._checked or ending:
                return
            if event.name == _FIRST_CONTENT and not self.begun:
                self.begun = True
                self._sink.begin({**headers, **_headers(opening)})
            if self.begun:
                self._send(held, opening)

        return hear

    def finish(self, routed: Routed, attempt_id: str) -> None:
        """Sends what is held of the answer that the caller gets."""
        if not self.begun:
            self.begun = True
            self._sink.begin(routed.response_headers())
        held = self._held.get(attempt_id, [])
        if not held or held[-1].name != _LAST.name:
            held.append(_LAST)  # the connection broke behind an answer that was whole
        self._send(held, routed.router_object())

    def _send(self, held: list[StreamEvent], router: Mapping[str, object]) -> None:
        for event in held:
            self._sink.event(event.name, _with_router(event, router))
        held.clear()


def _with_router(event: StreamEvent, router: Mapping[str, object]) -> str:
    if event.name == "message_start":
        message = {**event.data["message"], "router": router}
        return json_codec.dumps({**event.data, "message": message})
    if event.name == _END:
        return json_codec.splice(event.text, {"router": router})
    return event.text


def _headers(opening: Mapping[str, object]) -> dict[str, str]:
    """Those of an unstreamed answer, less the cost, which nobody knows yet."""
    return {
        "request-id": str(opening["request_id"]),
        "x-router-tier": str(opening["tier"]),
        "x-router-model": str(opening["model"]),
        "x-router-escalated": "true" if opening["was_escalated"] else "false",
    }
