"""One deadline over every phase of an exchange, and what ends an answer, against servers that drip, stall and go on."""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from typing import Any

import httpcore2
import pytest
from tests.support.fakes import Reply, message_events
from tests.support.scripted_claude import END, HEAD, Conversation, ScriptedClaude, drip, request_of, sse

from model_router.adapters.claude import AnthropicClaude, gate
from model_router.domain.answers.message import MessageAssembly, answer_text
from model_router.domain.calls.ports import CallFailed, ClaudeCall

pytestmark = pytest.mark.local

SECONDS = 0.5
#: How long a deadline may be overrun on a busy machine. Every script below drags on for far longer.
OVERRUN = 3.0
#: Time that a busy machine does not use up before the first byte goes out.
PLENTY = 30.0
LONG = b" " * 1000
EVENTS = message_events(Reply("Hello"), "claude-haiku-4-5")
BODY: Mapping[str, Any] = {
    "model": "claude-haiku-4-5",
    "max_tokens": 20,
    "messages": [{"role": "user", "content": "Hello"}],
}
LARGE: Mapping[str, Any] = {**BODY, "messages": [{"role": "user", "content": "x" * 12_000_000}]}


class Key:
    def __call__(self, seconds: float) -> str:
        return "sk-test"

    def forget(self) -> None:
        pass


def asked(url: str, body: Mapping[str, Any] = BODY, seconds: float = SECONDS) -> MessageAssembly:
    assembly = MessageAssembly()
    with closing(AnthropicClaude(Key(), url)) as claude:
        listen(claude, assembly, body, seconds)
    return assembly


def with_client(server: ScriptedClaude, use: Callable[[AnthropicClaude], object]) -> None:
    with closing(AnthropicClaude(Key(), server.url)) as claude:
        use(claude)


def listen(
    claude: AnthropicClaude,
    assembly: MessageAssembly,
    body: Mapping[str, Any],
    seconds: float,
    before_bytes: Callable[[], None] = lambda: None,
) -> None:
    with claude.stream(ClaudeCall(body, "req_X-1", {}, seconds, before_bytes)) as stream:
        for event in stream.events():
            assembly.add(event.data)


def deadline_in(seconds: float) -> Callable[[], None]:
    """Moves the deadline of the exchange that it is called in."""

    def move() -> None:
        gate.current.get().ends = time.monotonic() + seconds

    return move


def response_head(status: str, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: 100000\r\n\r\n".encode()


def drips_after(*said: bytes, then: bytes = LONG) -> Conversation:
    def conversation(connection: socket.socket) -> None:
        request_of(connection)
        for data in said:
            connection.sendall(data)
        drip(connection, then)

    return conversation


def drips_a_handshake(connection: socket.socket) -> None:
    drip(connection, b"\x16\x03\x03\x40\x00" + LONG)


def reads_a_little_at_a_time(connection: socket.socket) -> None:
    while connection.recv(100):
        time.sleep(0.05)


STREAMED: list[tuple[str, str, Conversation, Mapping[str, Any]]] = [
    ("the TLS handshake", "https", drips_a_handshake, BODY),
    ("the request's body", "http", reads_a_little_at_a_time, LARGE),
    ("the status line", "http", drips_after(then=b"HTTP/1.1 200 OK" + LONG), BODY),
    ("the headers", "http", drips_after(b"HTTP/1.1 200 OK\r\nx: ", then=LONG), BODY),
    ("informational responses", "http", drips_after(then=b"HTTP/1.1 103 Early Hints\r\n\r\n" * 40), BODY),
    ("an error's body", "http", drips_after(response_head("529 Overloaded")), BODY),
    ("a refusal's body", "http", drips_after(response_head("400 Bad Request")), BODY),
    ("a body that is no stream", "http", drips_after(response_head("502 Bad Gateway", "text/html")), BODY),
    ("the first event", "http", drips_after(HEAD, then=b"3E8\r\n" + LONG), BODY),
    ("comments", "http", drips_after(HEAD, then=b"3\r\n:\n\n\r\n" * 200), BODY),
    ("the middle of the answer", "http", drips_after(HEAD, sse(EVENTS[:3]), then=sse(EVENTS[3:4] * 20)), BODY),
]


@pytest.mark.parametrize(("scheme", "script", "body"), [row[1:] for row in STREAMED], ids=[row[0] for row in STREAMED])
def test_a_call_ends_at_its_deadline_at_any_rate_of_data(
    scheme: str, script: Conversation, body: Mapping[str, Any]
) -> None:
    before_sending = scheme == "https"
    seconds, before_bytes = (SECONDS, lambda: None) if before_sending else (PLENTY, deadline_in(SECONDS))
    with ScriptedClaude(script, scheme=scheme) as server, in_time(), pytest.raises(CallFailed) as failed:
        with_client(server, lambda claude: listen(claude, MessageAssembly(), body, seconds, before_bytes))
    assert (failed.value.kind, failed.value.may_be_billed) == ("timeout", not before_sending)


@pytest.mark.parametrize("phase", ["status", "body"])
@pytest.mark.parametrize("call", ["count_tokens", "list_models"])
def test_calls_that_are_free_end_at_their_deadline_too(call: str, phase: str) -> None:
    said = [] if phase == "status" else [response_head("200 OK")]
    script = drips_after(*said, then=b"HTTP/1.1 200 OK\r\nx: " + LONG)
    with ScriptedClaude(script) as server, in_time(), pytest.raises(CallFailed) as failed:
        with_client(
            server,
            lambda claude: (
                claude.count_tokens(BODY, {}, SECONDS) if call == "count_tokens" else claude.list_models(SECONDS)
            ),
        )
    assert failed.value.kind == "timeout"


def test_a_connection_that_is_made_after_the_deadline_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where names are resolved slowly, or a name has many addresses that do not answer."""
    may_connect = threading.Event()
    made: list[httpcore2.NetworkStream] = []
    connect = httpcore2.SyncBackend.connect_tcp

    def slowly(self: httpcore2.SyncBackend, *args: Any) -> httpcore2.NetworkStream:
        may_connect.wait()
        made.append(connect(self, *args))
        return made[0]

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", slowly)
    with ScriptedClaude(drips_after()) as server:
        with in_time(), pytest.raises(CallFailed) as failed:
            asked(server.url)
        assert (failed.value.kind, failed.value.may_be_billed) == ("timeout", False)
        may_connect.set()
        assert soon(lambda: bool(made) and made[0].get_extra_info("socket").fileno() == -1)


def test_an_intent_that_outlasts_the_deadline_sends_nothing() -> None:
    received: list[bytes] = []
    with ScriptedClaude(lambda connection: received.append(connection.recv(1))) as server:
        call = ClaudeCall(BODY, "req_X-1", {}, PLENTY, deadline_in(0))
        with pytest.raises(CallFailed) as failed:
            with_client(server, lambda claude: claude.stream(call).__enter__())
        assert (failed.value.kind, failed.value.may_be_billed) == ("timeout", False)
        assert soon(lambda: received == [b""])


AFTER_THE_STOP: dict[str, Conversation] = {
    "nothing, and the connection stays open": drips_after(HEAD, sse(EVENTS), then=b""),
    "a drip without an end": drips_after(HEAD, sse(EVENTS)),
    "what OpenAI sends": drips_after(HEAD, sse([*EVENTS, "[DONE]"]), END),
    "an event of no known kind": drips_after(HEAD, sse([*EVENTS, "null"]), END),
    "an error": drips_after(HEAD, sse([*EVENTS, {"type": "error", "error": {"type": "api_error"}}]), END),
    "another answer": drips_after(HEAD, sse([*EVENTS, *message_events(Reply("No"), "other")]), END),
    "bytes that are no text": drips_after(HEAD, sse(EVENTS), b"5\r\n\xff\xfe\xfd\n\n\r\n", END),
    "bytes that are no chunk": drips_after(HEAD, sse(EVENTS), b"this is no chunk\r\n"),
    "nothing, and the connection is closed": drips_after(HEAD, sse(EVENTS), then=b""),
}


@pytest.mark.parametrize("script", AFTER_THE_STOP.values(), ids=AFTER_THE_STOP.keys())
def test_message_stop_ends_an_answer_and_the_rest_is_ignored(script: Conversation) -> None:
    def stays_open(connection: socket.socket) -> None:
        script(connection)
        connection.recv(1)

    with ScriptedClaude(stays_open) as server, in_time(0):
        assembly = asked(server.url, seconds=30)
    assert assembly.complete
    assert answer_text(assembly.message) == "Hello"


@pytest.mark.parametrize(("ends_properly", "connections"), [(True, 1), (False, 3)])
def test_only_a_connection_whose_answer_ended_properly_is_reused(ends_properly: bool, connections: int) -> None:
    def conversation(connection: socket.socket) -> None:
        while True:
            request_of(connection)
            connection.sendall(HEAD + sse(EVENTS) + (END if ends_properly else b""))

    with ScriptedClaude(conversation) as server, closing(AnthropicClaude(Key(), server.url)) as claude:
        for _ in range(3):
            assembly = MessageAssembly()
            listen(claude, assembly, BODY, 5)
            assert answer_text(assembly.message) == "Hello"
        assert server.connections == connections


def says_again_and_again_how_it_ended(connection: socket.socket) -> None:
    request_of(connection)
    with suppress(OSError):
        connection.sendall(HEAD + sse(EVENTS[:-1]))
        for _ in range(100):
            time.sleep(SECONDS / 5)
            connection.sendall(sse(EVENTS[-2:-1]))


@pytest.mark.parametrize("script", [drips_after(HEAD, sse(EVENTS[:-1])), says_again_and_again_how_it_ended])
def test_an_answer_without_message_stop_ends_before_the_deadline(
    monkeypatch: pytest.MonkeyPatch, script: Conversation
) -> None:
    monkeypatch.setattr("model_router.adapters.claude.event_stream._STOP_SECONDS", SECONDS)
    assembly = MessageAssembly()
    with ScriptedClaude(script) as server, in_time(), pytest.raises(CallFailed) as failed:
        with_client(server, lambda claude: listen(claude, assembly, BODY, 30))
    assert failed.value.kind == "timeout"
    assert assembly.complete


class in_time:  # noqa: N801 - reads as the sentence that it is
    """The block lasts no longer than the deadline."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, *_: object) -> None:
        assert time.monotonic() - self._began < self._seconds + OVERRUN


def soon(holds: Callable[[], bool]) -> bool:
    ends = time.monotonic() + 10
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.01)
    return True
