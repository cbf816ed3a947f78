"""Streams that Claude's API does not document: odd final usage, events after the stop, and responses that never end."""

import json
from dataclasses import replace

from devtools.claude_standin.calls import Call
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.faults.steps import AfterStop, Drip, FinalUsage
from devtools.claude_standin.http.connection import Connection, head, json_response
from devtools.claude_standin.http.sse import Event, encode, events
from devtools.http.messages import LAST_CHUNK, chunk

#: How long a connection stays open after an answer, and how slowly a dripping response comes: longer than any caller
#: that keeps a deadline waits.
OPEN_SECONDS = 120.0
_BYTE_SECONDS = 0.5
_ODD_COUNT = {"null": None, "zero": 0, "text": "twelve", "negative": -5}
_STREAM = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}


def misreported(every: list[Event], how: FinalUsage | None) -> list[Event]:
    """The events, with message_delta's usage replaced: left out, or every count null, zero, text or negative."""
    return (
        every
        if how is None
        else [_misreported(event, how) if event.name == "message_delta" else event for event in every]
    )


def _misreported(event: Event, how: FinalUsage) -> Event:
    payload = json.loads(event.data.partition(b"data: ")[2])
    usage = payload.pop("usage")
    if how != "absent":
        payload["usage"] = dict.fromkeys((name for name in usage if name.endswith("_tokens")), _ODD_COUNT[how])
    return replace(event, data=encode(event.name, payload))


def ending(after_stop: AfterStop | None) -> bytes:
    """What follows message_stop on the wire, the end of the body included where it ends."""
    late_delta = {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 1}}
    extra = {
        "event": encode("message_delta", late_delta),
        "error": encode("error", ApiError(529).body("req_after_the_stop")),
        "garbage": b"event: message_start\ndata: {not json at all\n\n",
    }
    if after_stop == "open":
        return b""
    return (chunk(extra[after_stop]) if after_stop is not None else b"") + LAST_CHUNK


def deliver_drip(call: Call, to: Connection, what: Drip) -> None:
    """A response that comes a byte at a time and does not end while the client waits. Raises ClientGone."""
    if what == "error":
        error = json_response(529, ApiError(529).body(call.request_id), call.request_id, {})
        body_starts = error.index(b"\r\n\r\n") + 4
        to.send(error[:body_starts])
        _drip(to, error[body_starts:])
        return
    call.begin()
    opening = head(200, call.request_id, _STREAM)
    if what == "head":
        call.bill("client_gone")
        _drip(to, opening)
        return
    every = events(call.message())
    first = next((place for place, event in enumerate(every) if event.is_content), 0)
    call.bill("client_gone", every[first].output)
    to.send(opening + chunk(b"".join(event.data for event in every[: first + 1])))
    _drip(to, b"".join(chunk(event.data) for event in every[first + 1 :]))


def _drip(to: Connection, data: bytes) -> None:
    for place in range(len(data)):
        to.wait(_BYTE_SECONDS)
        to.send(data[place : place + 1])
    to.wait(OPEN_SECONDS)
