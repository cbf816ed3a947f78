"""Message threads through the router: on the model that holds them, for the client that started them, of known size."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeStream, FakeTelemetry
from tests.support.presets import CURRENT
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from model_router.adapters.claude import AnthropicClaude
from model_router.domain.answers.result import Routed
from model_router.domain.calls.ports import ClaudeCall, StreamEvent
from model_router.domain.errors import ClaudeRefused, NotFound
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.session import is_named
from model_router.domain.requests.thread import Thread
from model_router.domain.requests.thread_ids import message_id_for_client, resumed
from model_router.services.route_request import RouteRequestService

pytestmark = pytest.mark.local
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
KEY = ids_key("salt of this stack")
BETA = {"anthropic-version": "2023-06-01", "anthropic-beta": "message-threads-2026-08-12"}
HARD = "Find the root cause of the race condition in this lock-free queue and prove that your fix removes it."


class Key:
    def __call__(self, seconds: float) -> str:
        return "sk-ant-test"

    def forget(self) -> None:
        """Nothing."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def claude(clock: FakeClock) -> Iterator[StandIn]:
    with StandIn(clock=clock.now) as running:
        yield running


@pytest.fixture
def ledger() -> FakeLedger:
    return FakeLedger()


@pytest.fixture
def service(claude: StandIn, clock: FakeClock, ledger: FakeLedger) -> Iterator[RouteRequestService]:
    telemetry = FakeTelemetry()
    rules = fake_rules(CURRENT.parameters(), telemetry, clock, ids_key=KEY)
    with closing(AnthropicClaude(Key(), claude.url)) as adapter:
        yield route_service(rules, adapter, ledger, telemetry, clock)


class _WithoutUsage(FakeClaude):
    """Claude behind a gateway that sends another usage, or none, with an answer."""

    def __init__(self, clock: FakeClock, usage: object) -> None:
        super().__init__(clock)
        self._usage = usage

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator[Any]:
        with super().stream(call) as stream:
            yield SimpleNamespace(simulated=False, request_id=None, headers={}, events=lambda: self._changed(stream))

    def _changed(self, stream: FakeStream) -> Iterator[StreamEvent]:
        for event in stream.events():
            owner = event.data.get("message", event.data)
            changed = {name: value for name, value in owner.items() if name != "usage"}
            changed |= {} if self._usage == "absent" or "usage" not in owner else {"usage": self._usage}
            data = {**event.data, "message": changed} if "message" in event.data else changed
            yield StreamEvent(event.name, data, json.dumps(data))


class _Sink:
    """Keeps the ids of the messages that it receives."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def begin(self, headers: Mapping[str, str]) -> None:
        """Nothing."""

    def event(self, name: str, data: str) -> None:
        if name == "message_start":
            self.ids.append(json.loads(data)["message"]["id"])


def request(text: str, thread: Mapping[str, Any], client: str = "tests", **fields: Any) -> RouteRequest:
    content = [{"role": "user", "content": text}]
    body = {"model": "auto", "max_tokens": 500, "messages": content, "thread": dict(thread), **fields}
    return from_messages_form(body, client=client, api_headers=BETA)


def started(service: RouteRequestService) -> Routed:
    return service.route(request(SPAM, {"type": "create"}), 30)


def next_turn(before: Routed) -> dict[str, str]:
    assert before.message is not None
    return {"type": "continue", "previous_message_id": before.message["id"]}


def test_a_thread_continues_on_its_model_with_the_new_messages_alone(
    service: RouteRequestService, claude: StandIn
) -> None:
    first = started(service)
    second = service.route(request("And what was it like at noon?", next_turn(first)), 30)
    third = service.route(request("Thanks.", next_turn(second)), 30)
    assert first.tier == "haiku"
    assert (second.model, third.model) == (first.model, first.model)
    assert {second.session, third.session} == {first.session}
    assert second.application == first.application
    assert [len(one["body"]["messages"]) for one in claude.requests()] == [1, 1, 1]
    [_, sent, _] = [one["body"] for one in claude.requests()]
    assert "." not in sent["thread"]["previous_message_id"], "Claude gets its own id"
    assert second.input_tokens > first.input_tokens, "Claude reads and bills the whole thread"


def test_a_turn_that_asks_for_another_tier_is_sent_with_the_whole_conversation(
    service: RouteRequestService, claude: StandIn
) -> None:
    first = started(service)
    with pytest.raises(NotFound) as raised:
        service.route(request(HARD, next_turn(first)), 30)
    assert raised.value.details == {"error_code": "thread_not_found"}
    assert len(claude.requests()) == 1


@pytest.mark.parametrize("limit", [{"min_tier": "sonnet"}, {"min_tier": "opus", "max_tier": "opus"}])
def test_a_limit_that_leaves_out_its_model_ends_a_thread(service: RouteRequestService, limit: dict[str, str]) -> None:
    first = started(service)
    with pytest.raises(NotFound):
        service.route(request("Go on.", next_turn(first), router=limit), 30)


def test_a_paused_turn_that_is_resumed_without_a_message_is_sent_whole() -> None:
    body = {
        "model": "auto",
        "max_tokens": 9,
        "messages": [],
        "thread": {"type": "continue", "previous_message_id": "m"},
    }
    with pytest.raises(NotFound):
        from_messages_form(body, client="tests", api_headers=BETA)


def test_no_client_continues_anothers_thread(service: RouteRequestService, claude: StandIn) -> None:
    first = started(service)
    with pytest.raises(NotFound):
        service.route(request("What did they say?", next_turn(first), client="others"), 30)
    assert len(claude.requests()) == 1


def test_an_id_with_any_changed_character_is_not_continued() -> None:
    thread = Thread("claude-haiku-5-5", 2_000, is_closed=True, arm="routed")
    name = message_id_for_client("msg_01", thread, "tests", KEY)
    whole = resumed(request("Go on.", {"type": "continue", "previous_message_id": name}), KEY)
    assert whole.thread == thread
    for place, sign in enumerate(name):
        changed = name[:place] + ("A" if sign != "A" else "B") + name[place + 1 :]
        asked = request("Go on.", {"type": "continue", "previous_message_id": changed})
        assert resumed(asked, KEY) is asked, changed


@pytest.mark.parametrize(
    "name", [None, 7, "", ".", "..", "msg_01", "msg_01.e30.", "a" * 5_000, "\ud800.x.y", "x.y.\ud800", "x.y.é", ["msg"]]
)
def test_what_is_no_id_of_ours_is_left_alone(name: object) -> None:
    asked = request("Go on.", {"type": "continue", "previous_message_id": name})
    assert resumed(asked, KEY) is asked


def test_a_thread_that_expired_at_claude_is_not_found(service: RouteRequestService, clock: FakeClock) -> None:
    first = started(service)
    clock.sleep(timedelta(minutes=6).total_seconds())
    with pytest.raises(ClaudeRefused) as raised:
        service.route(request("Go on.", next_turn(first)), 30)
    assert raised.value.status == 404
    assert (raised.value.details or {})["error_code"] == "thread_not_found"


def test_the_reserved_amount_covers_the_history(service: RouteRequestService, ledger: FakeLedger) -> None:
    first = started(service)
    second = service.route(request("Go on.", next_turn(first)), 30)
    intents = [record for kind, record in ledger.writes if kind == "intent"]
    reserved, cost = intents[-1].attempts[-1].cost_max_usd, second.cost_usd
    # Without its length, a thread would count as the model's whole window: more than a dollar.
    assert cost <= reserved < Decimal("0.01")


def test_an_id_with_dots_of_its_own_is_continued() -> None:
    """Claude may be another router of the same kind, whose ids carry its own facts."""
    thread = Thread("claude-haiku-5-5", 2_000, is_closed=True, arm="routed")
    inner = message_id_for_client("msg_01", thread, "outer", ids_key("another stack"))
    outer = request(
        "Go on.", {"type": "continue", "previous_message_id": message_id_for_client(inner, thread, "tests", KEY)}
    )
    assert resumed(outer, KEY).body["thread"]["previous_message_id"] == inner


def test_who_names_a_tier_continues_its_threads(service: RouteRequestService, claude: StandIn) -> None:
    def turn(thread: dict[str, str]) -> Routed:
        return service.route(replace(request("Go on.", thread), pin="haiku"), 30)

    second = turn(next_turn(turn({"type": "create"})))
    assert "." not in (second.message or {})["id"]
    assert [len(one["body"]["messages"]) for one in claude.requests()] == [1, 1]


def named(session: str) -> dict[str, Any]:
    return {"metadata": {"user_id": f'{{"session_id": "{session}"}}'}}


def test_a_turn_belongs_to_the_session_that_it_names_or_to_that_of_the_first_turn(service: RouteRequestService) -> None:
    first = service.route(request(SPAM, {"type": "create"}, **named("first")), 30)
    second = service.route(request("Go on.", next_turn(first)), 30)
    third = service.route(request("Go on.", next_turn(second), **named("other")), 30)
    assert first.session == second.session
    assert third.session == service.route(request(SPAM, {"type": "create"}, **named("other")), 30).session
    assert third.session != first.session


def test_a_turn_of_a_named_session_is_named(service: RouteRequestService) -> None:
    for fields, expected in ((named("first"), True), ({"metadata": {"user_id": "someone"}}, False)):
        first = service.route(request(SPAM, {"type": "create"}, **fields), 30)
        second = service.route(request("Go on.", next_turn(first)), 30)
        third = request("Go on.", next_turn(second))
        assert is_named(resumed(third, KEY)) is expected, fields


@pytest.mark.parametrize("usage", [None, {}, {"input_tokens": None}, {"input_tokens": "7"}, "absent"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_thread_without_a_usage_is_answered_and_has_no_known_length(
    clock: FakeClock, ledger: FakeLedger, usage: object, stream: bool
) -> None:
    claude = _WithoutUsage(clock, usage)
    telemetry = FakeTelemetry()
    rules = fake_rules(CURRENT.parameters(), telemetry, clock, ids_key=KEY)
    sink = _Sink() if stream else None
    first = route_service(rules, claude, ledger, telemetry, clock).route(request(SPAM, {"type": "create"}), 30, sink)
    whole = resumed(request("Go on.", next_turn(first)), KEY)
    assert whole.thread is not None
    assert not whole.thread.is_closed
    assert sink is None or sink.ids == [next_turn(first)["previous_message_id"]]


def test_server_tools_make_the_rest_of_a_thread_unbounded() -> None:
    closed = Thread("claude-haiku-5-5", 2_000, is_closed=True, arm="routed")
    name = message_id_for_client("msg_01", replace(closed, is_closed=False), "tests", KEY)
    whole = resumed(request("Go on.", {"type": "continue", "previous_message_id": name}), KEY)
    assert whole.thread is not None
    assert not whole.thread.is_closed
