"""A Message as the server-sent events that streaming sends it in; and streams that the API does not document.

These have odd final usage, events after the stop, or a response that never ends.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from devtools.claude_standin.calls import Call
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.faults.steps import AfterStop, Drip, FinalUsage
from devtools.claude_standin.http.connection import Connection, head, json_response
from devtools.http.messages import LAST_CHUNK, chunk

PIECE = 24
MOST_PIECES = 64


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its bytes on the wire, and the output tokens that the caller has been sent with it,
    in all.
    """

    name: str
    data: bytes
    output: int

    @property
    def is_content(self) -> bool:
        """Whether it brings a piece of an answer: what `cut` and `error_in_stream` count."""
        return self.name == "content_block_delta"


def encode(name: str, payload: dict[str, Any]) -> bytes:
    """`event:` and `data:` lines, and the empty line that ends them."""
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def events(message: dict[str, Any]) -> list[Event]:
    """Every event of a message, in order: message_start, each block with a ping in the first,
    message_delta and _stop.
    """
    usage = message["usage"]
    total = int(usage["output_tokens"] or 0)
    first = min(1, total)
    start = {**message, "content": [], "stop_reason": None, "stop_sequence": None, "stop_details": None}
    start["usage"] = {**usage, "output_tokens": first, "output_tokens_details": None, "server_tool_use": None}
    made = [_event("message_start", {"message": start}, first)]
    deltas = [(index, list(_deltas(block))) for index, block in enumerate(message["content"])]
    count = max(1, sum(len(pieces) for _, pieces in deltas))
    sent = 0
    for index, pieces in deltas:
        opening = {"index": index, "content_block": _opening(message["content"][index])}
        made.append(_event("content_block_start", opening, made[-1].output))
        if index == 0:
            made.append(_event("ping", {}, made[-1].output))
        for piece in pieces:
            sent += 1
            made.append(
                _event("content_block_delta", {"index": index, "delta": piece}, max(first, total * sent // count))
            )
        made.append(_event("content_block_stop", {"index": index}, made[-1].output))
    delta = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
    final = {key: value for key, value in usage.items() if key in _DELTA_USAGE}
    made.append(_event("message_delta", {"delta": delta, "usage": final}, total))
    made.append(_event("message_stop", {}, total))
    return made


_DELTA_USAGE = {
    "input_tokens",
    "output_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens_details",
    "server_tool_use",
    "iterations",
}


def _event(name: str, payload: dict[str, Any], output: int) -> Event:
    return Event(name, encode(name, {"type": name, **payload}), output)


def _opening(block: dict[str, Any]) -> dict[str, Any]:
    """A block before its deltas."""
    if block["type"] == "text":
        return {"type": "text", "text": ""}
    if block["type"] == "thinking":
        return {"type": "thinking", "thinking": "", "signature": ""}
    if block["type"] in {"tool_use", "server_tool_use"}:
        return {**block, "input": {}}
    return block


def _deltas(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "text":
        yield from ({"type": "text_delta", "text": piece} for piece in pieces_of(block["text"]))
    elif block["type"] == "thinking":
        yield from ({"type": "thinking_delta", "thinking": piece} for piece in pieces_of(block["thinking"]))
        yield {"type": "signature_delta", "signature": block["signature"]}
    elif block["type"] in {"tool_use", "server_tool_use"}:
        written = json.dumps(block["input"], ensure_ascii=False)
        yield from ({"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces_of(written)))


def pieces_of(text: str) -> list[str]:
    """A text in pieces of about PIECE characters, of more where it would be more than MOST_PIECES."""
    size = max(PIECE, -(-len(text) // MOST_PIECES))
    return [text[start : start + size] for start in range(0, len(text), size)]


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
