"""Assembles Claude's answer from its stream events, and reads it by block type.

Every answer is streamed from Claude, also for callers that do not stream: the usage is then known from the first event
on, even if the answer is cut off. Unknown fields and events are kept unchanged.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from model_router.domain.answers.final_usage import any_output, is_final, merge, own_copy, well_formed
from model_router.domain.json_codec import Written
from model_router.domain.money.pricing import Usage

# Deltas that carry a piece of a longer text, and the field with the piece.
_PIECES = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}
#: Fields that the last event cannot change: other events set them, and its usage is merged.
_FIXED = frozenset({"content", "usage", "role", "type", "id", "model", "delta"})


class Unintelligible(Exception):
    """The stream does not follow the Messages API."""


class MessageAssembly:
    """Assembles stream events into the message that the API returns without streaming."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        #: Whether Claude has reported how the answer ended. Blocks may still be open, since `max_tokens` cuts anywhere.
        self.complete = False
        #: The pieces of each block's fields. They are joined when the message is read, because appending each to a
        #: growing text takes quadratic time.
        self._pieces: dict[int, dict[str, list[str]]] = {}
        #: Blocks that received pieces after the message was last read.
        self._unjoined: set[int] = set()
        #: The usage of the first event and of the last event that may have one.
        self._begun: object = None
        self._last: object = None
        self._cited: set[int] = set()

    @property
    def message(self) -> dict[str, Any]:
        """The message so far. Reading it joins all its text, so read it at the end."""
        for index in self._unjoined:
            self._join(index)
        self._unjoined.clear()
        return self._message

    def add(self, event: Mapping[str, Any]) -> None:
        """Adds one event. Raises Unintelligible if it contradicts the previous ones."""
        try:
            self._add(event)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError):
            raise Unintelligible(f"an event of type {str(event.get('type'))[:40]!r} does not fit the stream") from None

    @property
    def output(self) -> Literal["none", "empty", "some"]:
        """Whether there is no block, only empty text blocks, or some output."""
        blocks = self._message.get("content") or ()
        if not blocks:
            return "none"
        pieces = (piece for fields in self._pieces.values() for pieces in fields.values() for piece in pieces)
        return "some" if any(pieces) or any_output(blocks) else "empty"

    def reported_usage(self) -> Mapping[str, object]:
        """Claude's usage object so far."""
        reported = self._message.get("usage")
        return reported if isinstance(reported, Mapping) else {}

    def usage(self) -> Usage:
        """The tokens reported so far."""
        return Usage.from_claude(self.reported_usage())

    def first_reported_usage(self) -> Mapping[str, object]:
        """The usage object of the first event, empty if it has no well-formed one."""
        begun = self._begun
        return begun if isinstance(begun, Mapping) and well_formed(begun) else {}

    def first_usage(self) -> Usage:
        """The tokens that the first event reports."""
        return Usage.from_claude(self.first_reported_usage())

    def final_usage(self) -> Usage | None:
        """The tokens that the answer is billed by, or None if Claude has not reported them reliably."""
        reliable = self.complete and is_final(self._begun, self._last, self.message.get("content") or ())
        return self.usage() if reliable else None

    def _add(self, event: Mapping[str, Any]) -> None:
        match event["type"]:
            case "message_start":
                self.complete = False
                message = dict(event["message"])
                self._message = {**message, "content": [_block(block) for block in _list(message.get("content") or [])]}
                self._begun = self._message.get("usage")
                self._message.update({"usage": own_copy(self._begun)} if isinstance(self._begun, Mapping) else {})
                self._pieces.clear()
                self._unjoined.clear()
                self._cited.clear()
            case "content_block_start":
                blocks = self._message["content"]
                if event["index"] != len(blocks):
                    raise IndexError
                blocks.append(_block(event["content_block"]))
            case "content_block_delta":
                self._add_delta(event["index"], event["delta"])
            case "content_block_stop":
                self._message["content"][event["index"]]  # must exist; deltas may still follow, as the SDK allows
            case "message_delta":
                self._add_end(event)
            case "message_stop":
                self._end()

    def _add_end(self, event: Mapping[str, Any]) -> None:
        self._message.update(_changes(event["delta"]))
        self._last = report = event.get("usage")
        if isinstance(report, Mapping):
            usage = self._message.get("usage")
            self._message["usage"] = usage = usage if isinstance(usage, dict) else {}
            merge(usage, report)
        self._message.update(_changes(event))
        self._end()

    def _end(self) -> None:
        self.complete = bool(self._message.get("stop_reason"))

    def _add_delta(self, index: int, delta: Mapping[str, Any]) -> None:
        blocks = self._message["content"]
        index = range(len(blocks))[index]
        block = blocks[index]
        kind = delta["type"]
        if kind in _PIECES:
            field = _PIECES[kind]
            pieces = self._pieces.setdefault(index, {})
            if field not in pieces:
                pieces[field] = [] if field == "partial_json" else [_text(block.get(field) or "")]
            pieces[field].append(_text(delta[field]))
            self._unjoined.add(index)
        elif kind == "citations_delta":
            if index not in self._cited:  # the list may be the event's own
                self._cited.add(index)
                block["citations"] = list(block.get("citations") or [])
            block["citations"].append(delta["citation"])
        else:
            # signature_delta sets `signature`; an unknown kind sets the fields that it has.
            block.update(_block({name: value for name, value in delta.items() if name != "type"}))

    def _join(self, index: int) -> None:
        block = self._message["content"][index]
        for field, pieces in self._pieces[index].items():
            if field != "partial_json":
                block[field] = "".join(pieces)
            elif any(pieces):
                block["input"] = tool_input(pieces)


def _changes(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an answer's last event that replace those of the message."""
    return {name: value for name, value in event.items() if name not in _FIXED}


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _block(value: object) -> dict[str, Any]:
    """A copy of a content block. Raises TypeError if it is no object, or its text is no string."""
    if not isinstance(value, Mapping) or not isinstance(value.get("text"), str | None):
        raise TypeError
    return dict(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def answer_text(message: Mapping[str, Any]) -> str:
    """The answer's text blocks, joined, without thinking and tool blocks."""
    return "".join(block.get("text") or "" for block in message.get("content") or () if block.get("type") == "text")


def is_text_to_validate(message: Mapping[str, Any]) -> bool:
    """Whether validators can judge the answer: it has text, and is no tool call, pause or refusal."""
    if message.get("stop_reason") in ("tool_use", "pause_turn", "refusal"):
        return False
    return any(block.get("type") == "text" for block in message.get("content") or ())


def tool_input(pieces: Sequence[str]) -> Any:
    """The JSON value in `pieces`; for truncated or invalid JSON, the same value as Anthropic's SDK returns.

    The SDK parses every piece as it arrives, and so ends with the longest prefix that can begin a JSON value. This
    function searches for that prefix; if there is none, the input is an empty object.
    """
    text = "".join(pieces)
    try:
        return json.loads(text, parse_float=Written, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError):
        return _longest_beginning(pieces)


def _longest_beginning(pieces: Sequence[str]) -> Any:
    """Bisects: if a prefix can begin a JSON value, so can each shorter one."""
    value: Any = {}
    readable, unreadable = 0, len(pieces) + 1
    while unreadable - readable > 1:
        middle = (readable + unreadable) // 2
        try:
            value = _parsed("".join(pieces[:middle]))
            readable = middle
        except (ValueError, ArithmeticError):
            unreadable = middle
    return value


def _parsed(text: str) -> Any:
    from jiter import from_json  # noqa: PLC0415 - only needed for broken input

    # Numbers are Decimals, because an infinite float cannot be written as JSON.
    return from_json(text.encode(errors="replace"), partial_mode=True, allow_inf_nan=False, float_mode="decimal")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
