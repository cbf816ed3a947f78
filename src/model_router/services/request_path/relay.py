"""Streams an answer to the caller.

    an unchecked answer   its events are sent as they come, from the first content on
    a checked answer      its events are kept, and sent once it is the caller's answer

Until content is sent, another attempt may replace this one. The end (`message_delta` and what follows) waits until the
request is over, since it carries the cost. Events are sent unchanged, except that the `router` object is added to
`message_start` and `message_delta`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from model_router.domain import json_codec
from model_router.domain.answers.result import Routed
from model_router.domain.calls.ports import StreamEvent
from model_router.services.request_path.claude_call import Listener

_FIRST_CONTENT = "content_block_delta"
_END = "message_delta"
_LAST = StreamEvent("message_stop", {"type": "message_stop"}, '{"type":"message_stop"}')


class Sink(Protocol):
    """Receives the events of an answer. Never raises: after a caller has hung up, the work continues."""

    def begin(self, headers: Mapping[str, str]) -> None:
        """Called once, before the first event."""

    def event(self, name: str, data: str) -> None:
        """Sends an event at once."""


type ForClient = Callable[[Mapping[str, Any], str], Mapping[str, Any]]
"""Makes the message that the client gets from Claude's and its model's id."""


class Relay:
    """Passes the events of a request's attempts on to a `Sink`. `checked`: answers are checked before they are sent."""

    def __init__(self, sink: Sink, for_client: ForClient, *, checked: bool) -> None:
        self._sink = sink
        self._for_client = for_client
        self._checked = checked
        #: The events that are not sent yet, by attempt id.
        self._unsent: dict[str, list[StreamEvent]] = {}
        #: Whether the caller has received part of an answer.
        self.begun = False

    def listen(self, attempt_id: str, opening: Mapping[str, object], *, checked: bool = False) -> Listener:
        """A listener for an attempt's events. `opening`: the part of the `router` object that is known by then.

        `checked`: this attempt's answer is checked before it is sent.
        """
        unsent = self._unsent[attempt_id] = []
        checked = checked or self._checked
        ending = False

        def receive(event: StreamEvent, headers: Mapping[str, str]) -> None:
            nonlocal ending
            if event.name == "ping":
                if self.begun:
                    self._sink.event(event.name, event.text)
                return
            ending = ending or event.name == _END
            unsent.append(event)
            if checked or ending:
                return
            if event.name == _FIRST_CONTENT and not self.begun:
                self.begun = True
                self._sink.begin({**headers, **_headers(opening)})
            if self.begun:
                self._send(unsent, opening)

        return receive

    def finish(self, routed: Routed, attempt_id: str) -> None:
        """Sends the rest of the answer that the caller gets."""
        if not self.begun:
            self.begun = True
            self._sink.begin(routed.response_headers())
        unsent = self._unsent.get(attempt_id, [])
        if not unsent or unsent[-1].name != _LAST.name:
            unsent.append(_LAST)  # the connection broke after the end of the answer
        self._send(unsent, routed.router_object())

    def _send(self, unsent: list[StreamEvent], router: Mapping[str, object]) -> None:
        for event in unsent:
            self._sink.event(event.name, self._text(event, router))
        unsent.clear()

    def _text(self, event: StreamEvent, router: Mapping[str, object]) -> str:
        if event.name == "message_start":
            message = self._for_client(event.data["message"], str(router["model"]))
            return json_codec.dumps({**event.data, "message": {**message, "router": router}})
        if event.name == _END:
            return json_codec.splice(event.text, {"router": router})
        return event.text


def _headers(opening: Mapping[str, object]) -> dict[str, str]:
    """The headers of an unstreamed answer, except for the cost, which is not known yet."""
    return {
        "request-id": str(opening["request_id"]),
        "x-router-tier": str(opening["tier"]),
        "x-router-model": str(opening["model"]),
        "x-router-escalated": "true" if opening["was_escalated"] else "false",
    }
