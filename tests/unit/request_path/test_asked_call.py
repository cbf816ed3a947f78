"""A forced tool that the model can only be asked for: the answer must call it, or a higher tier is asked."""

from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import messages
from tests.unit.request_path.test_relay import Listener

from model_router.domain.requests.request import RouteRequest

CHAT = "Tell me of the sea"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = [{"name": "look", "input_schema": SCHEMA}, {"name": "search", "input_schema": {"type": "object"}}]
ONE, ANY = {"type": "tool", "name": "look"}, {"type": "any"}
#: Sonnet 5.5 and Opus 5.5 refuse to be forced; Sonnet 4.6 and Opus 4.7 do not.
ASKED, FORCED = Preset("current"), Preset("default")


def called(name: str = "look", **given: Any) -> Reply:
    return Reply(content=[{"type": "tool_use", "id": "t", "name": name, "input": given}], stop_reason="tool_use")


RIGHT = called(city="Oslo")


class Stand:
    def __init__(self, preset: Preset, *replies: Reply) -> None:
        clock, telemetry = FakeClock(), FakeTelemetry()
        self.claude = FakeClaude(clock, *replies)
        self.ledger = FakeLedger()
        self.sink = Listener(self.ledger)
        self.service = route_service(
            fake_rules(preset.parameters(), telemetry, clock), self.claude, self.ledger, telemetry, clock
        )

    def route(self, choice: dict[str, str], **fields: Any) -> Any:
        return self.service.route(self.request(choice, **fields), 27)

    def stream(self, choice: dict[str, str]) -> Any:
        return self.service.route(self.request(choice), 27, self.sink)

    @staticmethod
    def request(choice: dict[str, str], **fields: Any) -> RouteRequest:
        return messages(CHAT, tools=TOOLS, tool_choice=choice, **fields)


def codes(routed: Any) -> list[list[tuple[str, bool | None, str]]]:
    return [[(check.type, check.passed, check.code) for check in attempt.validations] for attempt in routed.attempts]


@pytest.mark.parametrize(
    ("choice", "wrong", "code"),
    [
        (ONE, Reply("It is wide."), "not_called"),
        (ONE, called("search"), "not_called"),
        (ONE, called(town="Oslo"), "invalid_input"),
        (ONE, called(city=7), "invalid_input"),
        (ANY, Reply("It is wide."), "not_called"),
        (ANY, called(), "invalid_input"),
    ],
)
def test_an_answer_without_the_call_is_escalated(choice: dict[str, str], wrong: Reply, code: str) -> None:
    routed = Stand(ASKED, wrong, RIGHT).route(choice)
    assert [attempt.tier for attempt in routed.attempts] == ["sonnet", "opus"]
    assert codes(routed) == [[("tool_call", False, code)], [("tool_call", True, "ok")]]
    assert (routed.was_escalated, routed.validated) == (True, True)
    assert "a check of sonnet's answer failed: escalated to opus" in routed.reason


@pytest.mark.parametrize(("choice", "right"), [(ONE, RIGHT), (ANY, RIGHT), (ANY, called("search", x=1))])
def test_an_answer_with_the_call_is_validated(choice: dict[str, str], right: Reply) -> None:
    routed = Stand(ASKED, right).route(choice)
    assert codes(routed) == [[("tool_call", True, "ok")]]
    assert routed.validated


def test_an_answer_that_no_tier_makes_with_the_call_is_reported() -> None:
    routed = Stand(ASKED, Reply("It is wide.")).route(ONE)
    assert [attempt.tier for attempt in routed.attempts] == ["sonnet", "opus"]
    assert routed.validated is False


@pytest.mark.parametrize("reason", ["max_tokens", "refusal", "pause_turn"])
def test_an_answer_that_was_cut_refused_or_paused_is_not_escalated(reason: str) -> None:
    routed = Stand(ASKED, Reply("It is", stop_reason=reason)).route(ONE)
    assert [attempt.tier for attempt in routed.attempts] == ["sonnet"]


def test_a_model_that_is_forced_is_not_checked() -> None:
    assert codes(Stand(FORCED, Reply("It is wide.")).route(ONE)) == [[]]


@pytest.mark.parametrize("choice", [{"type": "auto"}, {"type": "none"}])
def test_a_tool_that_claude_may_call_is_not_checked(choice: dict[str, str]) -> None:
    assert codes(Stand(ASKED, Reply("It is wide.")).route(choice)) == [[]]


def test_a_pinned_request_is_not_checked() -> None:
    assert codes(Stand(ASKED, Reply("It is wide.")).route(ONE, model="sonnet")) == [[]]


def test_a_schema_that_cannot_be_applied_decides_nothing() -> None:
    tools = [{"name": "look", "input_schema": {"type": "object", "properties": {"city": {"$ref": "#/nowhere"}}}}]
    routed = Stand(ASKED, RIGHT).service.route(messages(CHAT, tools=tools, tool_choice=ONE), 27)
    assert routed.validated is not False
    assert len(routed.attempts) == 1


def test_a_streamed_answer_is_sent_once_the_call_is_there() -> None:
    stand = Stand(ASKED, Reply("It is wide."), RIGHT)
    stand.stream(ONE)
    assert "wide" not in str(stand.sink.events)
    assert stand.sink.named("content_block_start")["content_block"]["name"] == "look"
    assert stand.sink.headers[0]["x-router-tier"] == "opus"


def test_a_streamed_answer_of_a_forced_model_is_sent_as_it_comes() -> None:
    stand = Stand(FORCED, Reply("It is wide."))
    stand.stream(ONE)
    assert stand.sink.writes_by_then[0] == ["intent"]
