from copy import deepcopy
from typing import Any

import pytest
from anthropic.lib.streaming._messages import accumulate_event
from tests.support.fakes import Reply, message_events

from model_router.domain.answers.message import MessageAssembly, Unintelligible, answer_text, is_text_to_validate
from model_router.domain.money.pricing import Usage


def assembled(events: list[dict[str, Any]]) -> MessageAssembly:
    assembly = MessageAssembly()
    for event in events:
        assembly.add(event)
    return assembly


def test_events_add_up_to_the_message_that_would_have_been_answered_unstreamed() -> None:
    reply = Reply("Hello", usage={"input_tokens": 7, "output_tokens": 3, "cache_read_input_tokens": 5})
    assembly = assembled(message_events(reply, "claude-haiku-4-5"))
    assert assembly.complete
    assert assembly.message["content"] == [{"type": "text", "text": "Hello"}]
    assert assembly.message["stop_reason"] == "end_turn"
    assert assembly.usage() == Usage(input_tokens=7, output_tokens=3, cache_read_tokens=5)


def test_tool_input_thinking_signatures_and_citations_are_put_together() -> None:
    deltas: list[tuple[int, dict[str, Any]]] = [
        (0, {"type": "thinking_delta", "thinking": "hm"}),
        (0, {"type": "thinking_delta", "thinking": "m"}),
        (0, {"type": "signature_delta", "signature": "sig"}),
        (1, {"type": "citations_delta", "citation": {"cited_text": "x"}}),
        (1, {"type": "text_delta", "text": "so"}),
        (2, {"type": "input_json_delta", "partial_json": '{"city": '}),
        (2, {"type": "input_json_delta", "partial_json": '"Oslo"}'}),
    ]
    blocks: list[dict[str, Any]] = [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {}},
    ]
    events: list[dict[str, Any]] = message_events(Reply(content=[]), "m")[:1]
    for index, block in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": at, "delta": delta} for at, delta in deltas if at == index]
        events.append({"type": "content_block_stop", "index": index})
    content = assembled(events).message["content"]
    assert content == [
        {"type": "thinking", "thinking": "hmm", "signature": "sig"},
        {"type": "text", "text": "so", "citations": [{"cited_text": "x"}]},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
    ]


def test_what_is_not_known_is_kept() -> None:
    events = message_events(Reply("x"), "m")
    events.insert(1, {"type": "news_of_tomorrow", "x": 1})
    events[-2]["context_management"] = {"applied_edits": []}
    assembly = assembled(events)
    assert assembly.complete
    assert assembly.message["context_management"] == {"applied_edits": []}


def test_a_cut_stream_still_says_what_went_in() -> None:
    assembly = assembled(message_events(Reply("x", usage={"input_tokens": 70, "output_tokens": 3}), "m")[:2])
    assert not assembly.complete
    assert assembly.usage() == Usage(input_tokens=70, output_tokens=1)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "content_block_delta", "index": 4, "delta": {"type": "text_delta", "text": "x"}},
        {"type": "content_block_start", "index": 3, "content_block": {}},
        {"type": "message_delta", "delta": 3},
        {"kind": "none"},
    ],
)
def test_an_event_that_does_not_fit_is_unintelligible(event: dict[str, Any]) -> None:
    assembly = assembled(message_events(Reply("x"), "m")[:1])
    with pytest.raises(Unintelligible):
        assembly.add(event)


def test_the_answers_text_is_its_text_blocks_whatever_comes_first() -> None:
    message = {
        "content": [
            {"type": "thinking", "thinking": "no"},
            {"type": "text", "text": "a"},
            {"type": "text", "text": "b"},
        ]
    }
    assert answer_text(message) == "ab"


@pytest.mark.parametrize(
    ("stop_reason", "content", "judged"),
    [
        ("end_turn", [{"type": "text", "text": "x"}], True),
        ("max_tokens", [{"type": "text", "text": "x"}], True),
        ("tool_use", [{"type": "text", "text": "x"}, {"type": "tool_use"}], False),
        ("pause_turn", [{"type": "text", "text": "x"}], False),
        ("refusal", [{"type": "text", "text": "x"}], False),
        ("end_turn", [], False),
    ],
)
def test_tool_calls_pauses_and_legally_empty_answers_are_not_text_to_validate(
    stop_reason: str, content: list[dict[str, Any]], judged: bool
) -> None:
    assert is_text_to_validate({"stop_reason": stop_reason, "content": content}) is judged


@pytest.mark.parametrize("last", ["message_delta", "message_stop"])
def test_an_answer_that_claude_ended_is_complete_though_a_block_is_open(last: str) -> None:
    events = [event for event in message_events(Reply("Hello"), "m") if event["type"] != "content_block_stop"]
    if last == "message_delta":
        events.pop()
    assembly = assembled(events)
    assert assembly.complete
    assert assembly.final_usage() == Usage(input_tokens=100, output_tokens=10)
    assert answer_text(assembly.message) == "Hello"


def test_an_answer_without_a_stop_reason_is_cut() -> None:
    events = message_events(Reply("Hello"), "m")
    events[-2]["delta"] = {"stop_reason": None}
    assert not assembled(events).complete


def test_an_answer_is_put_together_in_linear_time() -> None:
    """Counted in what is copied, not in seconds: each piece is joined once."""
    assembly = assembled(message_events(Reply(""), "m")[:2])
    copied = 0

    class Piece(str):
        __slots__ = ()

        def __radd__(self, other: str) -> str:
            nonlocal copied
            copied += len(other)
            return str(other) + str(self)

    for _ in range(100):
        delta = {"type": "text_delta", "text": Piece("word ")}
        assembly.add({"type": "content_block_delta", "index": 0, "delta": delta})
    assembly.add({"type": "content_block_stop", "index": 0})
    assert len(answer_text(assembly.message)) == 500
    assert copied == 0


TEXT: dict[str, Any] = {"type": "text", "text": "x"}
THINKING: dict[str, Any] = {"type": "thinking", "thinking": "x", "signature": "s"}
TOOL: dict[str, Any] = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}


@pytest.mark.parametrize("read_between", [False, True])
@pytest.mark.parametrize("end", [{"type": "content_block_stop", "index": 0}, {"type": "message_delta", "delta": {}}])
@pytest.mark.parametrize(
    ("block", "delta", "pieces"),
    [
        (TEXT, {"type": "text_delta", "text": ""}, ["a", "b"]),
        (THINKING, {"type": "thinking_delta", "thinking": ""}, ["a", "b"]),
        (TOOL, {"type": "input_json_delta", "partial_json": ""}, ['{"a": 1', ', "b": 2}']),
        (TOOL, {"type": "input_json_delta", "partial_json": ""}, ['{"a": 1, ', '"b": [tr']),
    ],
)
def test_a_delta_of_a_closed_block_is_appended_as_the_sdk_does(
    block: dict[str, Any], delta: dict[str, Any], pieces: list[str], end: dict[str, Any], read_between: bool
) -> None:
    [start, *_, last, stop] = message_events(Reply("x", usage={"input_tokens": 7, "output_tokens": 3}), "m")
    field = next(name for name in delta if name != "type")
    first, late = ({"type": "content_block_delta", "index": 0, "delta": {**delta, field: piece}} for piece in pieces)
    begin = {"type": "content_block_start", "index": 0, "content_block": block}
    usage = {"output_tokens": 3}
    end = {**end, "usage": usage} if end["type"] == "message_delta" else end
    assembly = assembled([start, begin, first, end, end])
    if read_between:
        assert assembly.message["content"]
    rest = [late, last, stop]
    for event in rest:
        assembly.add(event)
    snapshot = None
    buffers: dict[int, bytes] = {}
    for event in [start, begin, first, end, end, *rest]:
        if event["type"] != "message_delta":
            snapshot = accumulate_event(event=deepcopy(event), current_snapshot=snapshot, json_bufs=buffers)  # type: ignore[arg-type]
    assert snapshot is not None
    assert assembly.message["content"] == snapshot.to_dict()["content"]
    assert assembly.complete
    assert assembly.final_usage() == Usage(input_tokens=7, output_tokens=3)


def test_a_second_message_start_begins_a_new_message() -> None:
    events = message_events(Reply("x"), "m")
    assert assembled([*events[:3], *events]).message == assembled(events).message


def test_merging_usages_changes_no_event() -> None:
    events: list[dict[str, Any]] = message_events(Reply("x"), "m")
    events[0]["message"]["usage"]["cache_creation"] = {"a": 1}
    events[-2]["usage"]["server_tool_use"] = {"b": 1}
    again = {**events[-2], "usage": {"output_tokens": 9, "cache_creation": {"a": 2}, "server_tool_use": {"b": 2}}}
    before = deepcopy([*events, again])
    usage = assembled([*events[:-1], again, events[-1]]).reported_usage()
    assert (usage["cache_creation"], usage["server_tool_use"], usage["output_tokens"]) == ({"a": 2}, {"b": 2}, 9)
    assert [*events, again] == before


@pytest.mark.parametrize(("samplings", "known"), [(200, True), (201, False)])
def test_the_usage_of_too_many_samplings_is_not_final(samplings: int, known: bool) -> None:
    events = message_events(Reply("x", usage={"input_tokens": 200, "output_tokens": 200}), "m")
    events[-2]["usage"]["iterations"] = [{"type": "message", "input_tokens": 1, "output_tokens": 1}] * samplings
    assert (assembled(events).final_usage() is not None) is known
