"""A Message as the server-sent events that streaming sends it in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
