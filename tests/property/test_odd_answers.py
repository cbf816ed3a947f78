"""Whatever the caller and Claude put into their fields: the attempt is settled, and its record stays small."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.replaying_claude import routed, routed_or_refused
from tests.support.samples import messages

from model_router.adapters.claude.failures import request_id, status_failure
from model_router.domain.json_codec import dumps
from model_router.domain.recorded_words import MOST_IN_REQUEST_ID, MOST_IN_WORD

TEXT = {"type": "text", "text": "Hello"}
LONG = "my secret prompt " * 1000
MOST_IN_RECORD = 20_000
MANY = 150
USAGE = {
    "input_tokens": 100,
    "output_tokens": 10,
    "cache_creation_input_tokens": 50,
    "cache_read_input_tokens": 20,
    "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 20},
    "server_tool_use": {"web_search_requests": 0},
    "service_tier": "standard",
    "inference_geo": "us",
    "speed": "standard",
    "iterations": [
        {"type": "message", "model": "claude-haiku-4-5", "input_tokens": 100, "output_tokens": 10},
        {"type": "advisor_message", "model": "claude-opus-4-8", "input_tokens": 9, "output_tokens": 9},
    ],
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-haiku-4-5",
    "content": [],
    "stop_reason": None,
    "usage": USAGE,
}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_details": None}, "usage": USAGE},
    {"type": "message_stop"},
]
FIELDS = ("content", "usage", "role", "id", "model", "text", "citations", "iterations", "stop_reason", "inference_geo")
odd: st.SearchStrategy[Any] = st.sampled_from(
    [
        [{"type": "text", "text": 5}],
        [USAGE] * 2000,
        None,
        0,
        5,
        True,
        1.5,
        10**200,
        10**4000,
        "",
        "oops",
        LONG,
        [],
        ["hi"],
        [5],
        [[]],
        {},
        {"text": 5},
        "é" * 300,
    ]
)
VALIDATORS = [{"type": "contains", "values": ["Hello"]}]


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member of every object and list: what holds it, and its name or index there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in list(items):
        yield value, name
        yield from places(member)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for member in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from texts(member)


@settings(max_examples=MANY)
@given(st.data(), st.sampled_from([None, "us", LONG, "US", "eu west", "é", 5, [LONG]]))
def test_an_odd_answer_is_settled_in_a_small_record(drawn: st.DataObject, asked: Any) -> None:
    events = deepcopy(EVENTS)
    kept = [place for event in events for place in places(event) if place != (event, "type")]
    for holder, name in drawn.draw(st.lists(st.sampled_from(kept), unique_by=id, max_size=2), label="changed"):
        holder[name] = drawn.draw(odd)
    added = [value for event in events for value in (event, *event.values()) if isinstance(value, dict)]
    drawn.draw(st.sampled_from(added), label="holder")[drawn.draw(st.sampled_from(FIELDS))] = drawn.draw(odd)
    request = messages("Hi", model="haiku", max_tokens=100, inference_geo=asked, router={"validators": VALIDATORS})
    _, record = routed_or_refused(events, request)
    assert all(attempt.cost_state in ("known", "unknown", "free") for attempt in record.attempts)
    assert record.attempts
    told = record.to_json()
    assert max(map(len, texts(told))) <= MOST_IN_REQUEST_ID
    assert "secret" not in dumps(told)
    assert len(dumps(told)) <= MOST_IN_RECORD


def test_no_part_of_a_text_in_place_of_a_word_is_recorded() -> None:
    events = deepcopy(EVENTS)
    events[-2]["delta"]["stop_reason"] = LONG
    _, record = routed(events, messages("Hi", model="haiku", max_tokens=100))
    assert [attempt.stop_reason for attempt in record.attempts] == ["other"]
    error = {"type": "error", "error": {"type": LONG, "message": "no"}}
    assert status_failure(httpx2.Response(400), "no", error).error_type == "other"


@pytest.mark.parametrize("field", ["content", "usage", "role", "type", "id", "model"])
@pytest.mark.parametrize("value", ["oops", [], 5, None])
@pytest.mark.parametrize("within", [True, False])
def test_the_last_event_does_not_change_fields_of_other_events(field: str, value: Any, within: bool) -> None:
    events = deepcopy(EVENTS)
    if not within and field in ("type", "usage"):
        return  # these are the event's own
    (events[-2]["delta"] if within else events[-2])[field] = value
    answer, record = routed(events, messages("Hi", model="haiku", max_tokens=100))
    assert answer.message is not None
    assert {name: answer.message[name] for name in ("type", "role", "id", "content")} == {
        **{name: MESSAGE[name] for name in ("type", "role", "id")},
        "content": [TEXT],
    }
    assert [attempt.cost_state for attempt in record.attempts] == ["known"]


@pytest.mark.parametrize(
    "changed",
    [
        {"inference_geo": "mars"},
        {"inference_geo": LONG},
        {"service_tier": "batch"},
        {"service_tier": "cheap"},
        {"cache_creation": {"ephemeral_5m_input_tokens": 31, "ephemeral_1h_input_tokens": 20}},
        {"iterations": [{"type": "message", "input_tokens": 100, "output_tokens": 11}]},
        {"iterations": [{"type": "message", "input_tokens": 101, "output_tokens": 10}]},
        {"iterations": [{"type": "advisor_message", "input_tokens": 10**200, "output_tokens": 10}]},
        {"iterations": [{"type": "advisor_message", "input_tokens": 1, "output_tokens": 1}] * 201},
    ],
)
def test_a_malformed_usage_has_an_unknown_cost(changed: Mapping[str, Any]) -> None:
    events = deepcopy(EVENTS)
    events[-2]["usage"] |= changed
    _, record = routed(events, messages("Hi", model="haiku", max_tokens=100))
    [attempt] = record.attempts
    assert attempt.cost_state == "unknown"
    assert attempt.cost_max_usd < 1


@given(st.text(max_size=300), st.integers(1, 3000), st.text("!az~ ", max_size=300))
def test_the_words_of_an_error_are_bounded(kind: str, times: int, name: str) -> None:
    headers = {"request-id": name * times} if name else {}
    response = httpx2.Response(400, headers=headers)
    failure = status_failure(response, "no", {"type": "error", "error": {"type": kind * times, "message": "no"}})
    assert failure.error_type is not None
    assert len(failure.error_type) <= MOST_IN_WORD
    assert all("!" <= letter <= "~" for letter in failure.error_type)
    assert len(request_id(response) or "") <= MOST_IN_REQUEST_ID
    assert failure.upstream_request_id == request_id(response)
