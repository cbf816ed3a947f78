"""What the soak takes for an answer that an SDK can make sense of."""

import json
from typing import Any

import pytest

from devtools.soak.wire import problem, stream_problem

ERROR = {"type": "error", "error": {"type": "api_error", "message": "m"}, "request_id": "r"}
BLOCK = ["content_block_start", "content_block_delta", "content_block_delta", "content_block_stop"]
WHOLE = ["message_start", *BLOCK, "ping", *BLOCK, "message_delta", "message_stop"]


def stream(*names: str, **changed: Any) -> bytes:
    """Events of those names; `changed` replaces the data of an event by its name."""
    data = {"message_start": {"message": {"router": {}}}, "error": ERROR, **changed}
    return b"".join(
        f"event: {name}\ndata: {json.dumps({'type': name, **data.get(name, {})})}\n\n".encode() for name in names
    )


def test_answers_that_no_sdk_knows_are_seen() -> None:
    assert problem(200, b'{"content": []}') is None
    assert problem(202, b'{"type": "job", "id": "req_1"}') is None
    shaped = json.dumps(ERROR).encode()
    assert problem(500, shaped) is None
    for status, text in [
        (200, b"{}"),
        (202, b'{"type": "job"}'),
        (502, b"<html>"),
        (500, b'{"message": "Internal server error"}'),
        (500, b"[]"),
    ]:
        assert problem(status, text)
    assert problem(500, shaped.replace(b"api_error", b"oops"))


@pytest.mark.parametrize(
    "names",
    [
        WHOLE,
        ["ping", "ping", *WHOLE],
        ["message_start", "message_delta", "message_stop"],
        ["error"],
        ["ping", "error"],
        [*WHOLE[:3], "error"],
        [*WHOLE[:-1], "error"],
    ],
)
def test_a_stream_ends_with_its_last_event_or_with_an_error(names: list[str]) -> None:
    assert stream_problem(stream(*names)) is None


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["ping"],
        WHOLE[:-1],
        WHOLE[1:],
        ["message_start", *WHOLE],
        [*WHOLE, "message_stop"],
        [*WHOLE, "error"],
        [*WHOLE[:3], "error", *WHOLE[3:]],
        ["message_start", "content_block_delta", "message_delta", "message_stop"],
        ["message_start", "content_block_start", "message_delta", "message_stop"],
        ["message_start", "surprise", "message_delta", "message_stop"],
    ],
)
def test_a_stream_that_no_sdk_knows_is_seen(names: list[str]) -> None:
    assert stream_problem(stream(*names))


def test_a_streams_error_has_anthropics_shape() -> None:
    assert stream_problem(stream("message_start", "error", error={"error": "broken"}))
    assert stream_problem(stream("error", error={**ERROR, "request_id": None}))


def test_a_stream_begins_with_the_router_object() -> None:
    assert stream_problem(stream(*WHOLE, message_start={"message": {}}))


def test_an_event_that_is_not_json_or_of_another_name_is_seen() -> None:
    assert stream_problem(b"event: ping\ndata: {\n\n" + stream(*WHOLE))
    assert stream_problem(stream(*WHOLE).replace(b"event: message_stop", b"event: message_end"))


def test_of_a_caller_who_hung_up_the_beginning_is_judged() -> None:
    text = stream(*WHOLE)
    for length in range(len(text) + 1):
        assert stream_problem(text[:length], whole=False) is None
    assert stream_problem(stream(*WHOLE[1:4]), whole=False)
