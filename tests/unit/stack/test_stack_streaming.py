"""The local gateway's side of transfer mode STREAM, and the template that asks for it."""

import threading
import time
from pathlib import Path

import pytest

from devtools.local_stack.functions.runtime_api import Invocation, InvocationResult
from devtools.local_stack.gateway.responses import MalformedProxyResponseError, from_streamed_response
from devtools.local_stack.template.api import read_api
from devtools.local_stack.template.reader import Template, load_template

ROOT = Path(__file__).parents[3]
HEAD = b'{"statusCode": 201, "headers": {"x-a": "1"}}'


def invocation() -> Invocation:
    return Invocation("r-1", b"{}", "arn", 30.0, "Root=1-2-3")


def test_a_streamed_answers_head_may_come_in_pieces_and_with_some_of_its_body() -> None:
    pieces = iter([HEAD[:10], HEAD[10:] + b"\0\0\0", b"\0" * 5 + b"first", b"second"])
    response = from_streamed_response(pieces, request_id="g-1")
    assert (response.status, response.body) == (201, b"first")
    assert ("x-a", "1") in response.headers
    assert list(pieces) == [b"second"]


@pytest.mark.parametrize(
    "pieces",
    [[b'{"statusCode": 200, "body": "a proxy response"}'], [], [b"x" * 20_000, b"\0" * 8], [b"no json" + b"\0" * 8]],
    ids=["buffered", "nothing", "too late", "no json"],
)
def test_what_is_not_in_the_streams_form_is_malformed(pieces: list[bytes]) -> None:
    with pytest.raises(MalformedProxyResponseError):
        from_streamed_response(iter(pieces), request_id="g-1")


def test_pieces_are_heard_as_they_come_and_the_result_ends_them() -> None:
    running = invocation()

    def work() -> None:
        for piece in (b"1", b"2", b"3"):
            running.receive(piece)
            time.sleep(0.01)
        running.finish(InvocationResult(b"123", failed=False))

    threading.Thread(target=work).start()
    assert b"".join(running.listen(10)) == b"123"


PIECE = b"x" * 1000


def test_a_worker_waits_while_its_caller_does_not_read() -> None:
    running, sent, done = invocation(), [0], threading.Event()
    pieces = running.listen(10)

    running.receive(b"first")
    assert next(pieces) == b"first"

    def work() -> None:
        for _ in range(1000):
            running.receive(PIECE)
            sent[0] += len(PIECE)
        running.finish(InvocationResult(b"", failed=False))
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert not done.wait(0.3)
    assert 0 < sent[0] < 100_000
    assert len(b"".join(pieces)) == 1_000_000
    assert done.wait(5)


@pytest.mark.parametrize("end", ["the caller hangs up", "the function is ended"])
def test_a_waiting_worker_continues_when(end: str) -> None:
    running, done = invocation(), threading.Event()
    pieces = running.listen(10)
    running.receive(b"first")
    assert next(pieces) == b"first"

    def work() -> None:
        for _ in range(1000):
            running.receive(PIECE)
        done.set()

    threading.Thread(target=work, daemon=True).start()
    assert not done.wait(0.1)
    if end == "the caller hangs up":
        pieces.close()  # type: ignore[attr-defined]
    else:
        running.fail("Sandbox.Timedout", "timed out")
    assert done.wait(5)


def test_a_worker_that_dies_ends_them_too_and_so_does_the_gateways_patience() -> None:
    running = invocation()
    running.receive(b"half")
    assert list(running.listen(0.05)) == [b"half"]
    running.fail("Runtime.ExitError", "killed")
    assert list(running.listen(10)) == [b"half"]
    assert running.result is not None
    assert running.result.failed


@pytest.mark.parametrize(("streaming", "seconds"), [("true", 900.0), ("false", 29.0)])
def test_the_routes_that_wait_for_claude_stream_as_the_parameter_says(streaming: str, seconds: float) -> None:
    document = load_template(ROOT / "template.yaml")
    routes = {
        (route.method, route.path): route
        for route in read_api(Template(document, parameters={"Streaming": streaming})).routes
    }
    for path in ("/v1/messages", "/v1/route"):
        route = routes["POST", path]
        assert (route.streamed, route.timeout) == (streaming == "true", seconds)
        assert (route.function, route.authorizer, route.key_required) == ("RouterFunction", "AuthorizerFunction", True)
    assert not routes["GET", "/v1/health"].streamed
