"""Claude's answer, put together from the events of its stream, and read by block type.

Every answer is streamed from Claude, whoever waits for it: usage is then known from the first event on, and a cut
answer still says what it cost. Fields and events that are not known here are kept as they came.
"""

import json
from collections.abc import Mapping
from typing import Any, Literal

from model_router.domain.json_codec import Written
from model_router.domain.money.pricing import Usage

# Where the pieces of a delta go, in the block it belongs to.
_APPENDED = {"text_delta": "text", "thinking_delta": "thinking"}


class Unintelligible(Exception):
    """The stream is not one that the Messages API sends."""


class MessageAssembly:
    """Adds up stream events to the message that the API would have answered unstreamed."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = {}
        self._open_blocks: set[int] = set()
        self._partial_json: dict[int, list[str]] = {}
        self._cited: set[int] = set()

    def add(self, event: Mapping[str, Any]) -> None:
        """One event's JSON. Raises Unintelligible where it contradicts those before it."""
        try:
            self._add(event)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError):
            raise Unintelligible(f"an event of type {str(event.get('type'))[:40]!r} does not fit the stream") from None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing: how it ended is told, and so is its final usage. `message_stop` adds nothing."""
        return bool(self.message.get("stop_reason")) and not self._open_blocks

    @property
    def output(self) -> Literal["none", "empty", "some"]:
        """What came out: no block at all, only blocks of text that are empty, or something."""
        blocks = self.message.get("content") or ()
        if not blocks:
            return "none"
        return "some" if any(block.get("type") != "text" or block.get("text") for block in blocks) else "empty"

    def reported_usage(self) -> Mapping[str, object]:
        """Claude's usage object as far as it was told."""
        reported = self.message.get("usage")
        return reported if isinstance(reported, Mapping) else {}

    def usage(self) -> Usage:
        """The tokens reported so far."""
        return Usage.from_claude(self.reported_usage())

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
                self._open_blocks.add(event["index"])
            case "content_block_delta":
                self._add_delta(event["index"], event["delta"])
            case "content_block_stop":
                self._close(event["index"])
            case "message_delta":
                self.message.update(event["delta"])
                self.message["usage"] = _later(self.message.get("usage") or {}, event.get("usage") or {})
                kept = {name: value for name, value in event.items() if name not in ("type", "delta", "usage")}
                self.message.update(kept)

    def _add_delta(self, index: int, delta: Mapping[str, Any]) -> None:
        block = self.message["content"][index]
        kind = delta["type"]
        if kind in _APPENDED:
            block[_APPENDED[kind]] = (block.get(_APPENDED[kind]) or "") + delta[_APPENDED[kind]]
        elif kind == "input_json_delta":
            self._partial_json.setdefault(index, []).append(delta["partial_json"])
        elif kind == "citations_delta":
            if index not in self._cited:  # the list may be the event's own
                self._cited.add(index)
                block["citations"] = list(block.get("citations") or [])
            block["citations"].append(delta["citation"])
        else:
            # signature_delta sets `signature`; a kind that is new to us sets what it carries.
            block.update({name: value for name, value in delta.items() if name != "type"})

    def _close(self, index: int) -> None:
        self._open_blocks.discard(index)
        pieces = "".join(self._partial_json.pop(index, []))
        if pieces:
            self.message["content"][index]["input"] = json.loads(pieces, parse_float=Written)


def _later(known: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """A usage object brought up to date. Counts are running totals: what a later event leaves out, or tells as null
    or as zero (some gateways do), stands as it was. Only the first event's output is a guess that the last replaces."""
    merged = dict(known)
    for name, value in told.items():
        before = merged.get(name)
        if isinstance(value, Mapping) and isinstance(before, Mapping):
            merged[name] = _later(before, value)
        elif name != "output_tokens" and isinstance(value, int) and isinstance(before, int):
            merged[name] = max(before, value)
        elif value is not None:
            merged[name] = value
    return merged


def answer_text(message: Mapping[str, Any]) -> str:
    """The answer's text: its text blocks, joined. Thinking and tool blocks are not text."""
    return "".join(block.get("text") or "" for block in message.get("content") or () if block.get("type") == "text")


def is_text_to_validate(message: Mapping[str, Any]) -> bool:
    """Whether an answer is one that validators can judge: not a call of a tool, a pause, or legally empty."""
    if message.get("stop_reason") in ("tool_use", "pause_turn", "refusal"):
        return False
    return any(block.get("type") == "text" for block in message.get("content") or ())
