"""How the soak's callers judge each answer of a scripted API."""

import json
from collections.abc import Callable, Iterator

import pytest

from devtools.http.messages import CutOffError, Request, Response
from devtools.http.server import HttpServer
from devtools.soak.callers import Answers, Callers
from devtools.soak.requests import SoakRequest
from devtools.soak.wire import CUT, HUNG_UP, NOTHING, Heard, Line

pytestmark = pytest.mark.local
JSON = [("Content-Type", "application/json")]
EVENTS = [("Content-Type", "text/event-stream; charset=utf-8")]
NAMES = ("message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta")
STREAMED = SoakRequest("/v1/messages", {"stream": True})
PLAIN = SoakRequest("/v1/route", {"prompt": "p"})
Respond = Callable[[Request], Response]
Serve = Callable[[Respond], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts an API; its address."""
    servers: list[HttpServer] = []

    def start(respond: Respond) -> str:
        server = HttpServer("127.0.0.1", 0, respond, name="told")
        servers.append(server)
        server.start()
        return server.url.removeprefix("http://")

    yield start
    for server in servers:
        server.close()


def events(*names: str) -> Iterator[bytes]:
    for name in names:
        told = {"type": name, "message": {"router": {}}}
        yield f"event: {name}\ndata: {json.dumps(told)}\n\n".encode()


def broken_off(*names: str) -> Iterator[bytes]:
    yield from events(*names)
    raise CutOffError


def heard_once(address: str, request: SoakRequest) -> Heard:
    line = Line(address)
    heard = line.ask(request)
    line.close()
    return heard


def test_a_stream_is_heard_to_its_end(serve: Serve) -> None:
    line = Line(serve(lambda _: Response(200, EVENTS, stream=events(*NAMES, "message_stop"))))
    for _ in range(2):
        heard = line.ask(STREAMED)
        assert (heard.status, heard.problem, heard.is_stream) == (200, None, True)
    line.close()


def test_a_stream_that_breaks_off_is_cut_and_one_that_only_ends_is_unshaped(serve: Serve) -> None:
    cut = heard_once(serve(lambda _: Response(200, EVENTS, stream=broken_off(*NAMES))), STREAMED)
    assert (cut.status, cut.problem) == (CUT, None)
    ended = heard_once(serve(lambda _: Response(200, EVENTS, stream=events(*NAMES))), STREAMED)
    assert ended.status == 200
    assert ended.problem


def test_a_caller_who_hangs_up_reads_no_further_and_is_not_cut(serve: Serve) -> None:
    request = SoakRequest("/v1/messages", {"stream": True}, hangs_up_after=2)
    line = Line(serve(lambda _: Response(200, EVENTS, stream=broken_off(*NAMES))))
    for _ in range(2):
        heard = line.ask(request)
        assert (heard.status, heard.problem, heard.text) == (HUNG_UP, None, b"".join(events(*NAMES[:2])))
    line.close()


def test_a_stream_that_was_asked_for_may_fail_but_not_be_answered_whole(serve: Serve) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "m"}, "request_id": "r"}
    failed = heard_once(serve(lambda _: Response(529, JSON, json.dumps(error).encode())), STREAMED)
    assert (failed.status, failed.problem) == (529, None)
    assert heard_once(serve(lambda _: Response(200, JSON, b'{"content": []}')), STREAMED).problem


def test_no_answer_at_all_is_a_problem(serve: Serve) -> None:
    def hang_up(_: Request) -> Response:
        raise OSError

    heard = heard_once(serve(hang_up), PLAIN)
    assert heard.status == NOTHING
    assert heard.problem


def called(serve: Serve, respond: Respond, request: SoakRequest, monkeypatch: pytest.MonkeyPatch) -> Answers:
    monkeypatch.setattr("devtools.soak.callers.soak_request", lambda _seed, _number: request)
    return Callers(f"http://{serve(respond)}", 1, 8, lambda _: None).run(4)


def test_requests_are_counted_once_and_repetitions_may_only_be_replayed(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = SoakRequest("/v1/route", {"prompt": "p"}, key="k", repeats=2)
    anew = called(serve, lambda _: Response(200, JSON, b'{"content": []}'), keyed, monkeypatch)
    assert (anew.done, anew.statuses[200], anew.runs["k"], len(anew.unshaped)) == (8, 24, 24, 16)
    headers = [*JSON, ("x-router-idempotency", "unavailable")]
    unkept = called(serve, lambda _: Response(200, headers, b'{"content": []}'), keyed, monkeypatch)
    assert (unkept.runs["k"], unkept.unshaped) == (24, [])
    headers = [*JSON, ("x-router-replayed", "true")]
    replayed = called(serve, lambda _: Response(200, headers, b'{"content": []}'), keyed, monkeypatch)
    assert (replayed.runs["k"], replayed.kinds["replayed"], replayed.unshaped) == (0, 24, [])


def test_the_jobs_that_were_taken_are_known_by_their_ids(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    job = SoakRequest("/v1/jobs", {"prompt": "p"})
    taken = Response(202, JSON, b'{"id": "req_1", "type": "job", "status": "queued"}')
    answers = called(serve, lambda _: taken, job, monkeypatch)
    assert (answers.jobs, answers.unshaped) == ({"req_1"}, [])
