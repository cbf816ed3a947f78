"""Claude's answer, put together from the events of its stream, and read by block type.

Every answer is streamed from Claude, whoever waits for it: usage is then known from the first event on, and a cut
answer still says what it cost. Fields and events that are not known here are kept as they came.
"""

import json
from collections.abc import Mapping
from typing import Any

from model_router.domain.money.pricing import Usage

# Where the pieces of a delta go, in the block it belongs to.
_APPENDED = {"text_delta": "text", "thinking_delta": "thinking"}


class Unintelligible(Exception):
    """The stream is not one that the Messages API sends."""


class MessageAssembly:
    """Adds up stream events to the message that the API would have answered unstreamed."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = {}
        self.complete = False
        self._partial_json: dict[int, list[str]] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        """One event's JSON. Raises Unintelligible where it contradicts those before it."""
        try:
            self._add(event)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise Unintelligible(f"an event of type {str(event.get('type'))[:40]!r} does not fit the stream") from None

    @property
    def has_content(self) -> bool:
        return bool(self.message.get("content"))

    def usage(self) -> Usage:
        """The tokens reported so far."""
        reported = self.message.get("usage")
        return Usage.from_claude(reported) if isinstance(reported, Mapping) else Usage()

    def _add(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "message_start":
                self.message = dict(event["message"])
                self.message["content"] = list(self.message.get("content") or [])
            case "content_block_start":
                blocks = self.message["content"]
                if event["index"] != len(blocks):
                    raise IndexError
                blocks.append(dict(event["content_block"]))
            case "content_block_delta":
                self._add_delta(event["index"], event["delta"])
            case "content_block_stop":
                self._close(event["index"])
            case "message_delta":
                self.message.update(event["delta"])
                told = {name: value for name, value in (event.get("usage") or {}).items() if value is not None}
                self.message["usage"] = {**self.message["usage"], **told}
                kept = {name: value for name, value in event.items() if name not in ("type", "delta", "usage")}
                self.message.update(kept)
            case "message_stop":
                self.complete = bool(self.message.get("stop_reason"))

    def _add_delta(self, index: int, delta: Mapping[str, Any]) -> None:
        block = self.message["content"][index]
        kind = delta["type"]
        if kind in _APPENDED:
            block[_APPENDED[kind]] = (block.get(_APPENDED[kind]) or "") + delta[_APPENDED[kind]]
        elif kind == "input_json_delta":
            self._partial_json.setdefault(index, []).append(delta["partial_json"])
        elif kind == "citations_delta":
            block["citations"] = [*(block.get("citations") or []), delta["citation"]]
        else:
            # signature_delta sets `signature`; a kind that is new to us sets what it carries.
            block.update({name: value for name, value in delta.items() if name != "type"})

    def _close(self, index: int) -> None:
        pieces = "".join(self._partial_json.pop(index, []))
        if pieces:
            self.message["content"][index]["input"] = json.loads(pieces)


def answer_text(message: Mapping[str, Any]) -> str:
    """The answer's text: its text blocks, joined. Thinking and tool blocks are not text."""
    return "".join(block.get("text") or "" for block in message.get("content") or () if block.get("type") == "text")


def is_text_to_validate(message: Mapping[str, Any]) -> bool:
    """Whether an answer is one that validators can judge: not a call of a tool, a pause, or legally empty."""
    if message.get("stop_reason") in ("tool_use", "pause_turn", "refusal"):
        return False
    return any(block.get("type") == "text" for block in message.get("content") or ())
