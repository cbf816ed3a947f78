"""Server-sent events over a runtime's responder: pings, and errors before and after the start."""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest

from model_router.domain.errors import Overloaded
from model_router.entrypoints.http.response import STREAMED_ROUTES, Answer, ProxyAnswer, error_headers, for_lambda
from model_router.entrypoints.http.streaming import EventStream
from model_router.runtime.answers import Responder, Streamed


class Notes:
    def __init__(self) -> None:
        self.starts: list[tuple[int, dict[str, str]]] = []
        self.pieces: list[bytes] = []
        self.pinged = threading.Event()

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        assert not self.pieces
        self.starts.append((status, dict(headers)))

    def end(self, piece: bytes) -> None:
        self.write(piece)

    def write(self, piece: bytes) -> None:
        assert self.starts
        self.pieces.append(piece)
        if piece.startswith(b"event: ping"):
            self.pinged.set()

    def text(self) -> str:
        return b"".join(self.pieces).decode()


def overloaded() -> Overloaded:
    error = Overloaded("busy")
    error.request_id = "req_1"
    return error


def test_an_event_has_a_name_line_a_data_line_and_an_empty_line() -> None:
    notes = Notes()
    with EventStream(notes, ping_seconds=None) as events:
        events.begin({"request-id": "req_1"})
        events.event("message_stop", '{"type":"message_stop"}')
    ((status, headers),) = notes.starts
    assert (status, headers["request-id"]) == (200, "req_1")
    assert headers["content-type"].startswith("text/event-stream")
    assert notes.text() == 'event: message_stop\ndata: {"type":"message_stop"}\n\n'


def test_data_of_several_lines_stays_one_event() -> None:
    notes = Notes()
    with EventStream(notes, ping_seconds=None) as events:
        events.begin({})
        events.event("x", '{\n"a":1}')
    assert notes.text() == 'event: x\ndata: {\ndata: "a":1}\n\n'


def test_an_error_before_the_start_keeps_its_status() -> None:
    notes = Notes()
    with EventStream(notes) as events:
        events.fail(overloaded(), {"request-id": "req_1"})
    assert notes.starts == [(529, {"request-id": "req_1"})]
    assert json.loads(notes.text())["error"]["type"] == "overloaded_error"


def test_an_error_after_it_is_an_event_in_anthropics_shape() -> None:
    notes = Notes()
    with EventStream(notes) as events:
        events.begin({})
        events.fail(overloaded(), {})
    assert len(notes.starts) == 1
    name, data = notes.text().strip().split("\n")
    assert name == "event: error"
    assert json.loads(data.removeprefix("data: ")) == {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "busy"},
        "request_id": "req_1",
    }


def test_silence_is_filled_with_pings_and_the_status_is_200_from_then_on() -> None:
    notes = Notes()
    with EventStream(notes, ping_seconds=0.01) as events:
        assert notes.pinged.wait(5)
        events.begin({"x-router-tier": "opus"})
        events.fail(overloaded(), {})
    assert [status for status, _ in notes.starts] == [200]
    assert 'event: ping\ndata: {"type":"ping"}\n\n' in notes.text()
    assert "event: error" in notes.text()


def test_no_ping_follows_the_end_and_none_interrupts_a_busy_stream() -> None:
    notes = Notes()
    with EventStream(notes, ping_seconds=0.5) as events:
        events.begin({})
        for _ in range(20):
            events.event("x", "{}")
            time.sleep(0.001)
    sent = len(notes.pieces)
    time.sleep(0.02)
    assert (sent, len(notes.pieces)) == (20, 20)
    assert not notes.pinged.is_set()


class Streams:
    streams = True


class Events:
    """An answer that is made while it is sent."""

    def send(self, responder: Responder, *, live: bool) -> None:
        responder.start(200, {"content-type": "text/event-stream"})
        responder.write(b"live" if live else b"collected")


PROXY = ProxyAnswer(
    {"statusCode": 404, "multiValueHeaders": {"x-a": ["1", "2"]}, "headers": {"x-b": "3"}, "body": "none"}
)


@pytest.mark.parametrize("resource", sorted(STREAMED_ROUTES))
@pytest.mark.parametrize(
    ("answer", "status", "body"), [(Events(), 200, b"live"), (PROXY, 404, b"none")], ids=["events", "whole"]
)
def test_a_streamed_route_gets_a_stream_whatever_the_answer(
    answer: Answer, status: int, body: bytes, resource: str
) -> None:
    flushed: list[bool] = []
    made: Any = for_lambda(answer, {"resource": resource}, Streams(), lambda: flushed.append(True))
    assert isinstance(made, Streamed)
    assert not flushed
    notes = Notes()
    made.produce(notes)
    assert (notes.starts[0][0], notes.pieces, flushed) == (status, [body], [True])
    if answer is PROXY:
        assert notes.starts[0][1] == {"x-a": "1, 2", "x-b": "3"}


@pytest.mark.parametrize(
    ("resource", "context"), [("/v1/health", Streams()), ("/v1/messages", object()), ("/{proxy+}", Streams())]
)
def test_any_other_route_and_any_other_runtime_gets_a_proxy_response(resource: str, context: object) -> None:
    flushed: list[bool] = []
    made: Any = for_lambda(Events(), {"resource": resource}, context, lambda: flushed.append(True))
    assert made == {
        "statusCode": 200,
        "headers": {"content-type": "text/event-stream"},
        "body": "collected",
        "isBase64Encoded": False,
    }
    assert flushed == [True]
    assert for_lambda(PROXY, {"resource": resource}, context, lambda: None) == PROXY.response


def test_an_error_that_may_have_been_billed_is_not_to_be_retried() -> None:
    error = Overloaded("busy")
    assert error_headers(error, "g-1") == {"request-id": "gw_g-1"}
    error.may_be_billed = True
    assert error_headers(error, "g-1")["x-should-retry"] == "false"
