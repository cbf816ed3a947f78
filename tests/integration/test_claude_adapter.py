"""The Claude adapter against the stand-in's real HTTP."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Self

import pytest

from devtools.claude_standin.server import StandIn
from model_router.adapters.claude import AnthropicClaude
from model_router.adapters.claude import client as claude_client
from model_router.domain.answers.message import MessageAssembly, answer_text
from model_router.domain.calls.ports import CallFailed, ClaudeCall

pytestmark = pytest.mark.local

BODY = {
    "model": "claude-haiku-4-5",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Classify: spam? Respond with only SPAM or NOT_SPAM."}],
}


class Key:
    def __init__(self) -> None:
        self.forgotten = 0

    def __call__(self, seconds: float) -> str:
        return "sk-test"

    def forget(self) -> None:
        self.forgotten += 1


class Claude(AnthropicClaude):
    """The adapter, closed at the end of a `with`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


def listen(
    standin: StandIn, *, seconds: float = 5, before_bytes: Any = lambda: None, **changed: Any
) -> MessageAssembly:
    call = ClaudeCall({**BODY, **changed}, "req_X-1", {"anthropic-version": "2023-06-01"}, seconds, before_bytes)
    assembly = MessageAssembly()
    with Claude(Key(), standin.url) as claude, claude.stream(call) as stream:
        for event in stream.events():
            assembly.add(event.data)
    return assembly


def failure(standin: StandIn, seconds: float = 5) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        listen(standin, seconds=seconds)
    return failed.value


def test_an_answer_has_its_usage_and_is_billed_to_the_attempts_id(standin: StandIn) -> None:
    assembly = listen(standin)
    assert assembly.complete
    assert answer_text(assembly.message) in ("SPAM", "NOT_SPAM")
    [billed] = standin.billed()
    assert billed["attempt_id"] == "req_X-1"
    assert billed["usage"]["input"] == assembly.usage().input_tokens


def test_a_call_without_output_is_not_streamed_and_its_usage_is_known(standin: StandIn) -> None:
    assembly = listen(standin, max_tokens=0)
    usage = assembly.final_usage()
    assert (assembly.complete, assembly.message["stop_reason"], assembly.message["content"]) == (True, "max_tokens", [])
    assert usage is not None
    assert usage.input_tokens > 0 == usage.output_tokens
    assert [request["stream"] for request in standin.requests()] == [False]
    assert len(standin.billed()) == 1


@pytest.mark.parametrize("step", [{"garbage": True}, {"cut": 0}, {"breaks": "before_events"}, {"slow": 5}])
def test_an_unintelligible_unstreamed_answer_may_be_billed(standin: StandIn, step: Any) -> None:
    standin.inject(step)
    with pytest.raises(CallFailed) as failed:
        listen(standin, max_tokens=0, seconds=2)
    assert failed.value.may_be_billed


def test_no_byte_goes_out_before_the_intent_is_acknowledged(standin: StandIn) -> None:
    seen: list[int] = []

    def before_bytes() -> None:
        time.sleep(0.2)
        seen.append(len(standin.requests()))

    listen(standin, before_bytes=before_bytes)
    assert seen == [0]


def test_a_gate_that_raises_sends_nothing(standin: StandIn) -> None:
    def refuse() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        listen(standin, before_bytes=refuse)
    assert standin.requests() == []


@pytest.mark.parametrize(
    ("step", "kind", "status", "billed"),
    [
        ({"status": 429, "retry_after": 7}, "rate_limit", 429, False),
        ({"status": 429, "spend_cap": True}, "spend_limit", 429, False),
        ({"status": 529}, "overloaded", 529, False),
        ({"status": 500}, "server_error", 500, False),
        ({"status": 401}, "key_refused", 401, False),
        ({"status": 403}, "key_refused", 403, False),
        ({"status": 408}, "server_error", 408, False),
        ({"status": 409}, "server_error", 409, False),
        ({"status": 400, "should_retry": True}, "server_error", 400, False),
        ({"status": 409, "page": "html"}, "server_error", 409, False),
        ({"status": 408, "page": "html"}, "server_error", 408, True),
        ({"status": 425, "page": "html"}, "rejected", 425, False),
        ({"status": 499, "page": "html"}, "rejected", 499, True),
        ({"status": 302, "page": "empty", "location": "/v1/messages"}, "rejected", 302, False),
        *(
            ({"status": status, "page": page}, "overloaded" if status == 529 else "server_error", status, True)
            for status in (500, 502, 503, 504, 520, 524, 529)
            for page in ("html", "foreign", "truncated", "empty")
        ),
        *(({"breaks": where}, "connection", None, True) for where in ("before_head", "in_head", "before_events")),
        ({"status": 200, "page": "html"}, "unintelligible", None, True),
        ({"reset": True}, "connection", None, True),
        ({"cut": 1}, "connection", None, True),
        ({"garbage": True}, "unintelligible", None, True),
        ({"error_in_stream": 1}, "overloaded", None, True),
    ],
)
def test_each_failure_has_its_kind_and_says_whether_it_may_be_billed(
    standin: StandIn, step: dict[str, Any], kind: str, status: int | None, billed: bool
) -> None:
    standin.inject(**step)
    failed = failure(standin)
    assert (failed.kind, failed.status, failed.may_be_billed) == (kind, status, billed)
    assert "<html" not in failed.message
    if kind == "rate_limit":
        assert failed.headers["retry-after"] == "7"


@pytest.mark.parametrize("status", [307, 308])
def test_a_redirect_on_the_same_host_is_followed_with_the_body_and_one_intent(standin: StandIn, status: int) -> None:
    acknowledged: list[int] = []
    standin.inject(status=status, page="empty", location="/v1/messages?moved", times=2)
    assert listen(standin, before_bytes=lambda: acknowledged.append(1)).complete
    assert len(acknowledged) == 1
    assert [entry["path"] for entry in standin.requests()] == ["/v1/messages", *["/v1/messages?moved"] * 2]


def test_no_redirect_takes_the_key_or_the_body_to_another_host(standin: StandIn) -> None:
    with StandIn() as other:
        standin.inject(status=307, page="empty", location=other.url.replace("127.0.0.1", "localhost") + "/v1/messages")
        failed = failure(standin)
        assert (failed.kind, failed.status, failed.may_be_billed) == ("rejected", 307, False)
        assert other.requests() == []


def test_endless_redirects_are_free(standin: StandIn) -> None:
    standin.inject(status=307, page="empty", location="/v1/messages", times=0)
    failed = failure(standin)
    assert (failed.kind, failed.may_be_billed) == ("connection", False)


def test_an_unknown_model_is_rejected_with_claudes_message(standin: StandIn) -> None:
    with pytest.raises(CallFailed) as failed:
        listen(standin, model="claude-none")
    assert (failed.value.kind, failed.value.status) == ("rejected", 404)
    assert "claude-none" in failed.value.message


@pytest.mark.parametrize("step", [{"slow": 5}, {"slow_stream": 0.2, "answer": "word " * 40}])
def test_the_deadline_holds_whether_claude_is_silent_or_slow(standin: StandIn, step: dict[str, Any]) -> None:
    standin.inject(**step)
    started = time.monotonic()
    failed = failure(standin, seconds=0.7)
    assert (failed.kind, failed.may_be_billed) == ("timeout", True)
    assert time.monotonic() - started < 3


def test_a_refused_connection_cannot_be_billed() -> None:
    with StandIn() as gone:
        url = gone.url
    call = ClaudeCall(BODY, "a-1", {}, 2, lambda: None)
    with pytest.raises(CallFailed) as failed, Claude(Key(), url) as claude, claude.stream(call):
        pass
    assert (failed.value.kind, failed.value.may_be_billed) == ("connection", False)


def test_a_refused_key_is_read_again(standin: StandIn) -> None:
    standin.inject(status=401)
    key = Key()
    call = ClaudeCall(BODY, "a-1", {}, 2, lambda: None)
    with pytest.raises(CallFailed), Claude(key, standin.url) as claude, claude.stream(call):
        pass
    assert key.forgotten == 1


def test_a_connection_is_reused(standin: StandIn) -> None:
    with Claude(Key(), standin.url) as claude:
        sockets = set()
        for number in range(3):
            with claude.stream(ClaudeCall(BODY, f"a-{number}", {}, 5, lambda: None)) as stream:
                assert list(stream.events())
                assert stream.simulated
                sockets.add(stream._response.extensions["network_stream"].get_extra_info("client_addr"))  # type: ignore[attr-defined]
        assert len(sockets) == 1


def test_the_models_of_all_pages_are_listed_with_their_facts(standin: StandIn) -> None:
    with Claude(Key(), standin.url) as claude:
        listed = {model.id: model for model in claude.list_models(5)}
    assert listed["claude-haiku-4-5-20251001"].max_input_tokens == 200_000
    assert {name for name, model in listed.items() if model.lifecycle == "deprecated"} == {
        "claude-sonnet-4-5-20250929",
        "claude-opus-4-5-20251101",
    }
    assert listed["claude-sonnet-4-5-20250929"].retires_at == datetime(2026, 11, 30, tzinfo=UTC)
    (asked,) = [request for request in standin.requests() if request["path"].startswith("/v1/models")]
    assert asked["method"] == "GET"


def test_pages_of_models_are_followed_to_the_last(standin: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claude_client, "_MODELS_PER_PAGE", 3)
    with Claude(Key(), standin.url) as claude:
        listed = [model.id for model in claude.list_models(5)]
    assert len(listed) == len(set(listed)) > 6


def test_a_failed_list_of_models_is_not_billed() -> None:
    with Claude(Key(), "http://127.0.0.1:9") as claude, pytest.raises(CallFailed) as failed:
        claude.list_models(5)
    assert failed.value.kind == "connection"
    assert not failed.value.may_be_billed
