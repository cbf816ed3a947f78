"""The runtime loop against a scripted Runtime API: buffered and streamed answers, every way of failing, SnapStart."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from snapshot_restore_py import get_after_restore, get_before_snapshot, register_after_restore, register_before_snapshot
from tests.support.scripted_runtime_api import Posted, ScriptedRuntimeApi

from model_router.runtime import loop, snapshots
from model_router.runtime.after_answer import after_answer
from model_router.runtime.answers import Responder, Streamed
from model_router.runtime.api import RuntimeApi, RuntimeApiError

pytestmark = pytest.mark.local

Handler = Callable[[Any, Any], Any]


@pytest.fixture
def scripted() -> Iterator[ScriptedRuntimeApi]:
    with ScriptedRuntimeApi() as api:
        yield api


@pytest.fixture(autouse=True)
def _no_trace_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)


@pytest.fixture
def _no_hooks() -> Iterator[None]:
    """None before, which the function's own module may have registered when it was loaded, and none after."""
    for hooks in (get_before_snapshot(), get_after_restore()):
        hooks.clear()
    yield
    for hooks in (get_before_snapshot(), get_after_restore()):
        hooks.clear()


def serve(scripted: ScriptedRuntimeApi, handler: Handler, event: Any = None, **headers: str) -> Posted:
    """What the runtime posts for one invocation."""
    with closing(RuntimeApi(scripted.address)) as api:
        scripted.hand_out({} if event is None else event, **headers)
        loop.serve(handler, api.next_invocation(), api)
    return scripted.posted[-1]


def streamed(*pieces: bytes, error: Exception | None = None, pause: float = 0.0) -> Handler:
    def produce(responder: Responder) -> None:
        responder.start(200, {"content-type": "text/event-stream"})
        for piece in pieces:
            responder.write(piece)
            time.sleep(pause)
        if error is not None:
            raise error

    return lambda event, context: Streamed(produce)


def test_a_value_is_posted_as_json(scripted: ScriptedRuntimeApi) -> None:
    posted = serve(scripted, lambda event, context: {"got": event, "id": context.aws_request_id}, {"a": "ü"})
    assert posted.path == "/invocation/r-1/response"
    assert posted.json() == {"got": {"a": "ü"}, "id": "r-1"}
    assert "lambda-runtime-function-response-mode" not in posted.headers


def test_text_that_is_no_unicode_is_escaped_not_refused(scripted: ScriptedRuntimeApi) -> None:
    posted = serve(scripted, lambda event, context: {"text": "\ud800"})
    assert posted.json() == {"text": "\ud800"}


def test_a_streamed_answer_goes_out_piece_by_piece_behind_its_metadata(scripted: ScriptedRuntimeApi) -> None:
    posted = serve(scripted, streamed(b"one", b"", b"two", pause=0.05))
    assert posted.headers["lambda-runtime-function-response-mode"] == "streaming"
    assert posted.headers["transfer-encoding"] == "chunked"
    assert posted.headers["content-type"] == "application/vnd.awslambda.http-integration-response"
    head, *pieces = posted.chunks
    assert json.loads(head.removesuffix(b"\0" * 8))["statusCode"] == 200
    assert pieces == [b"one", b"two"]
    assert posted.times[2] - posted.times[1] > 0.04
    assert posted.whole.is_set()
    assert posted.trailers == {}


@pytest.mark.parametrize("answer", ["whole", "streamed", "error"])
def test_what_a_handler_leaves_is_done_once_its_answer_is_out(scripted: ScriptedRuntimeApi, answer: str) -> None:
    seen: list[bool] = []

    def handler(event: Any, context: Any) -> Any:
        after_answer(lambda: seen.append(scripted.posted[-1].whole.is_set()))
        seen.append(bool(scripted.posted))
        if answer == "error":
            raise LookupError("a scripted error")
        return {} if answer == "whole" else streamed(b"one")(event, context)

    serve(scripted, handler)
    assert seen == [False, True]


def test_an_error_in_mid_stream_is_in_the_trailers(scripted: ScriptedRuntimeApi) -> None:
    posted = serve(scripted, streamed(b"one", error=ValueError("a scripted error")))
    assert posted.chunks[1:] == [b"one"]
    assert posted.trailers["lambda-runtime-function-error-type"] == "ValueError"
    assert posted.trailing_error()["errorMessage"] == "a scripted error"
    assert set(posted.headers["trailer"].lower().split(", ")) == set(posted.trailers)


def test_an_error_before_the_stream_starts_is_an_error_of_the_invocation(scripted: ScriptedRuntimeApi) -> None:
    def fail(_: Responder) -> None:
        raise KeyError("nothing yet")

    posted = serve(scripted, lambda event, context: Streamed(fail))
    assert posted.path == "/invocation/r-1/error"
    assert posted.json()["errorType"] == "KeyError"


def test_a_stream_that_never_starts_is_an_error(scripted: ScriptedRuntimeApi) -> None:
    posted = serve(scripted, lambda event, context: Streamed(lambda responder: None))
    assert posted.headers["lambda-runtime-function-error-type"] == "Runtime.EmptyStream"


def test_what_a_handler_raises_is_posted_with_its_type_and_where_it_was_raised(scripted: ScriptedRuntimeApi) -> None:
    def handler(event: Any, context: Any) -> Any:
        raise LookupError("a scripted error")

    posted = serve(scripted, handler)
    assert posted.path == "/invocation/r-1/error"
    assert posted.headers["lambda-runtime-function-error-type"] == "LookupError"
    told = posted.json()
    assert (told["errorType"], told["errorMessage"], told["requestId"]) == ("LookupError", "a scripted error", "r-1")
    assert "raise LookupError" in "".join(told["stackTrace"])
    cause = json.loads(posted.headers["lambda-runtime-function-xray-error-cause"])
    assert cause["exceptions"][0]["type"] == "LookupError"


@pytest.mark.parametrize(
    ("event", "answer", "kind"),
    [(b"not json", None, "Runtime.UnmarshalError"), ({}, {1, 2}, "Runtime.MarshalError")],
)
def test_what_is_no_json_is_an_error_by_lambdas_names(
    scripted: ScriptedRuntimeApi, event: Any, answer: Any, kind: str
) -> None:
    posted = serve(scripted, lambda event, context: answer, event)
    assert posted.headers["lambda-runtime-function-error-type"] == kind


def test_the_deadline_and_the_trace_reach_the_handler_and_the_trace_does_not_outlive_it(
    scripted: ScriptedRuntimeApi,
) -> None:
    def handler(event: Any, context: Any) -> Any:
        return [context.get_remaining_time_in_millis(), os.environ.get("_X_AMZN_TRACE_ID")]

    left, trace = serve(scripted, handler, Lambda_Runtime_Trace_Id="Root=1-2-3;Sampled=1").json()
    assert 28_000 < left <= 30_000
    assert trace == "Root=1-2-3;Sampled=1"
    assert serve(scripted, handler).json()[1] is None


def test_a_handler_continues_to_its_end_when_lambda_refuses_the_answer() -> None:
    done = threading.Event()

    def produce(responder: Responder) -> None:
        responder.start(200, {})
        for _ in range(200):
            responder.write(b"x" * 10_000)
        done.set()

    with ScriptedRuntimeApi(hang_up_after=2) as scripted:
        serve(scripted, lambda event, context: Streamed(produce))
        assert done.is_set()
        assert not scripted.posted[0].whole.is_set()


def test_an_answer_that_lambda_finds_too_large_does_not_end_the_loop() -> None:
    with ScriptedRuntimeApi(statuses={"/invocation/r-1/response": 413}) as scripted:
        assert serve(scripted, lambda event, context: "too large").path == "/invocation/r-1/response"


def test_the_loop_takes_one_invocation_after_the_other_and_ends_where_the_api_is_out_of_order(
    scripted: ScriptedRuntimeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("1", "2"):
        scripted.hand_out([number], f"r-{number}")
    with pytest.raises(RuntimeApiError):
        run(scripted, monkeypatch)
    assert [posted.path for posted in scripted.posted] == [f"/invocation/r-{number}/error" for number in ("1", "2")]


def test_invocations_that_follow_each_other_share_a_connection(
    scripted: ScriptedRuntimeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for handler in ("json.loads", "json.dumps"):
        scripted.hand_out([handler])
    with pytest.raises(RuntimeApiError):
        run(scripted, monkeypatch)
    assert scripted.connections == 1


def test_a_connection_that_ended_while_it_was_kept_costs_no_invocation(scripted: ScriptedRuntimeApi) -> None:
    with closing(RuntimeApi(scripted.address)) as api:
        for request_id in ("r-1", "r-2"):
            scripted.hand_out({}, request_id)
            invocation = api.next_invocation()
            assert invocation.request_id == request_id
            scripted.drop_connections()
            assert api.respond(invocation, b"{}") == 202
    assert [posted.path for posted in scripted.posted] == ["/invocation/r-1/response", "/invocation/r-2/response"]


def test_a_stream_goes_over_no_connection_that_lay_idle(
    scripted: ScriptedRuntimeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_router.runtime.api._IDLE_SECONDS", 0.05)
    scripted.hand_out({})
    with closing(RuntimeApi(scripted.address)) as api:
        invocation = api.next_invocation()
        time.sleep(0.1)
        scripted.drop_connections()
        loop.serve(streamed(b"whole"), invocation, api)
    assert scripted.posted[-1].body.endswith(b"whole")
    assert scripted.connections == 2


def test_a_function_that_does_not_load_is_reported_and_ends_the_process(scripted: ScriptedRuntimeApi) -> None:
    with pytest.raises(SystemExit) as ended:
        loop.run("no_such_module.handler", RuntimeApi(scripted.address))
    assert ended.value.code == 1
    assert scripted.posted[0].path == "/init/error"
    assert scripted.posted[0].headers["lambda-runtime-function-error-type"] == "Runtime.ImportModuleError"


@pytest.mark.usefixtures("_no_hooks")
def test_hooks_run_around_the_snapshot_in_lambdas_order(scripted: ScriptedRuntimeApi) -> None:
    ran: list[str] = []
    for name in ("1", "2"):
        register_before_snapshot(lambda name=name: ran.append(f"before {name} at {scripted.restores}"))
        register_after_restore(lambda name=name: ran.append(f"after {name} at {scripted.restores}"))
    snapshots.await_restore(RuntimeApi(scripted.address))
    assert ran == ["before 2 at 0", "before 1 at 0", "after 1 at 1", "after 2 at 1"]


@pytest.mark.usefixtures("_no_hooks")
@pytest.mark.parametrize(
    ("register", "path", "kind", "status"),
    [
        (register_before_snapshot, "/init/error", "Runtime.BeforeSnapshotError", 64),
        (register_after_restore, "/restore/error", "Runtime.AfterRestoreError", 65),
    ],
)
def test_a_hook_that_fails_is_reported_and_ends_the_process(
    scripted: ScriptedRuntimeApi, register: Callable[[Callable[[], Any]], Any], path: str, kind: str, status: int
) -> None:
    register(lambda: 1 // 0)
    with pytest.raises(SystemExit) as ended:
        snapshots.await_restore(RuntimeApi(scripted.address))
    assert ended.value.code == status
    assert scripted.posted[0].path == path
    assert scripted.posted[0].headers["lambda-runtime-function-error-type"] == kind


def test_the_snapshot_is_awaited_only_where_there_is_one(
    scripted: ScriptedRuntimeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, restores in (("on-demand", 0), ("snap-start", 1)):
        monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
        with pytest.raises(RuntimeApiError):
            run(scripted, monkeypatch)
        assert scripted.restores == restores


def run(scripted: ScriptedRuntimeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole loop over a handler that takes no context, until what was handed out is done."""
    monkeypatch.setattr("model_router.runtime.logs.set_up", lambda: None)
    scripted.end()
    loop.run("json.loads", RuntimeApi(scripted.address))


PIECE = b"x" * 100_000
MANY = 200
"""Pieces of an answer that no connection buffers as a whole."""


def test_a_handler_does_not_wait_for_a_caller_who_does_not_read_and_the_caller_gets_it_all_later() -> None:
    written, reading = threading.Event(), threading.Event()

    def produce(responder: Responder) -> None:
        responder.start(200, {})
        for _ in range(MANY):
            responder.write(PIECE)
        written.set()

    def read_once_all_is_written() -> None:
        if written.wait(20):
            reading.set()

    threading.Thread(target=read_once_all_is_written, daemon=True).start()
    with ScriptedRuntimeApi(reading=reading) as scripted, closing(RuntimeApi(scripted.address)) as api:
        scripted.hand_out({})
        loop.serve(lambda event, context: Streamed(produce), api.next_invocation(), api)
        posted = scripted.posted[-1]
        assert reading.is_set()
        assert posted.whole.wait(10)
        assert posted.chunks[1:] == [PIECE] * MANY
        scripted.hand_out({}, "r-2")
        loop.serve(lambda event, context: "next", api.next_invocation(), api)
        assert scripted.posted[-1].json() == "next"


def test_an_answer_that_is_not_read_ends_before_the_invocation_does_and_what_it_left_is_done() -> None:
    done: list[float] = []
    deadline = time.time() + 3

    def produce(responder: Responder) -> None:
        after_answer(lambda: done.append(time.time()))
        responder.start(200, {})
        for _ in range(MANY):
            responder.write(PIECE)

    with ScriptedRuntimeApi(reading=threading.Event()) as scripted, closing(RuntimeApi(scripted.address)) as api:
        scripted.hand_out({}, lambda_runtime_deadline_ms=str(int(deadline * 1000)))
        loop.serve(lambda event, context: Streamed(produce), api.next_invocation(), api)
    assert done
    assert done[0] < deadline - 1


def test_a_caller_who_takes_nothing_for_long_gets_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model_router.runtime.response_stream.STALL_SECONDS", 0.3)
    began = time.monotonic()
    with ScriptedRuntimeApi(reading=threading.Event()) as scripted, closing(RuntimeApi(scripted.address)) as api:
        scripted.hand_out({})
        loop.serve(streamed(*[PIECE] * MANY), api.next_invocation(), api)
    assert time.monotonic() - began < 10
