"""A tool's input that was cut, or is not JSON, is what the SDK alone makes of it."""

import json
from decimal import Decimal
from typing import Any

from anthropic.lib.streaming._messages import accumulate_event
from anthropic.types import RawMessageStreamEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from model_router.domain.answers.message import MessageAssembly
from model_router.domain.json_codec import dumps

parse_event: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)
inputs = st.dictionaries(
    st.text(max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    ),
    max_size=4,
)
garbage = st.text(st.sampled_from('{}[]":,\\ntrue01-eNI '), max_size=6)


@given(inputs, st.data(), garbage, st.booleans())
def test_an_input_is_read_as_the_sdk_reads_it(
    value: dict[str, Any], drawn: st.DataObject, written_after: str, stopped: bool
) -> None:
    whole = json.dumps(value, ensure_ascii=drawn.draw(st.booleans()))
    text = whole[: drawn.draw(st.integers(1, len(whole)))] + written_after
    told = events(in_pieces(text, drawn), stopped=stopped)
    assert with_the_sdks_digits(assembled(told)["content"][0]["input"]) == sdks_reading(told)


@given(garbage | st.text(max_size=20) | st.integers(1, 3000).map("[".__mul__), st.data(), st.booleans())
def test_an_input_of_anything_is_an_answer_that_can_be_written_as_json(
    text: str, drawn: st.DataObject, stopped: bool
) -> None:
    message = assembled(events(in_pieces(text, drawn), stopped=stopped))
    assert json.loads(dumps(message))["stop_reason"] == "max_tokens"


def with_the_sdks_digits(value: Any) -> Any:
    """The same value with every number as the SDK holds it: as a float, which may lose digits that ours keep."""
    if isinstance(value, dict):
        return {name: with_the_sdks_digits(member) for name, member in value.items()}
    if isinstance(value, list):
        return [with_the_sdks_digits(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value


def in_pieces(text: str, drawn: st.DataObject) -> list[str]:
    pieces = []
    while text:
        length = drawn.draw(st.integers(max(1, len(text) // 20), len(text)))
        pieces.append(text[:length])
        text = text[length:]
    return pieces


def assembled(told: list[dict[str, Any]]) -> dict[str, Any]:
    assembly = MessageAssembly()
    for event in told:
        assembly.add(event)
    assert assembly.complete
    return assembly.message


def sdks_reading(told: list[dict[str, Any]]) -> object:
    """What the SDK's snapshot holds at the end, or when it gives up."""
    snapshot: Any = None
    buffers: dict[int, bytes] = {}
    for event in told:
        try:
            snapshot = accumulate_event(
                event=parse_event.validate_python(event), current_snapshot=snapshot, json_bufs=buffers
            )
        except ValueError:
            break
    return snapshot.content[0].input


def events(pieces: list[str], *, stopped: bool) -> list[dict[str, Any]]:
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": usage}
    block = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return [
        {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        *([{"type": "content_block_stop", "index": 0}] if stopped else []),
        {
            "type": "message_delta",
            "delta": {"stop_reason": "max_tokens", "stop_sequence": None},
            "usage": {"output_tokens": 9},
        },
        {"type": "message_stop"},
    ]
