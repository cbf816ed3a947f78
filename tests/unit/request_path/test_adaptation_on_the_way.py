"""Adaptation over a request's attempts: each from the caller's own body, thinking with the model that wrote it."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import Each, Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import ClaudeRefused, DeadlineExceeded, InvalidRequest
from model_router.domain.requests.forms import from_count_form
from model_router.domain.requests.request import RouteRequest
from model_router.services.count_tokens import CountTokensService

LABELS = {"validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]}
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
ANSWER = [THOUGHT, {"type": "text", "text": "SPAM"}]
REFUSED = CallFailed("rejected", "messages.1.content.0: Invalid `signature` in `thinking` block", status=400)


class Stand:
    """The service among fakes."""

    def __init__(self, preset: Preset, *replies: Reply) -> None:
        clock, telemetry = FakeClock(), FakeTelemetry()
        self.claude = FakeClaude(clock, *replies)
        self.ledger = FakeLedger()
        rules = fake_rules(preset.parameters(), telemetry, clock)
        self.service = route_service(rules, self.claude, self.ledger, telemetry, clock)

    def route(self, request: RouteRequest) -> Any:
        return self.service.route(request, 27)

    def sent(self) -> list[Mapping[str, Any]]:
        return [call.body for call in self.claude.calls]

    def has_thinking(self) -> list[bool]:
        return ["thinking" in str(body["messages"]) for body in self.sent()]


def test_an_escalation_adapts_the_callers_own_body(preset: Preset) -> None:
    stand = Stand(preset, Reply("no"), Reply("no"), Reply("SPAM"))
    thinking = {"type": "adaptive"}
    fields = {"temperature": 1, "output_config": {"effort": "xhigh"}, "thinking": thinking, "max_tokens": 4000}
    routed = stand.route(messages(SPAM, **fields, router=LABELS))
    assert routed.tier == "opus"
    last = stand.sent()[-1]
    assert (last["thinking"], last["output_config"]) == (thinking, {"effort": "xhigh"})
    assert any("temperature dropped" in change for change in routed.adaptations)


def test_an_escalation_keeps_the_conversations_thinking(preset: Preset) -> None:
    stand = Stand(preset, Reply("no"), Reply("SPAM"))
    stand.route(messages(SPAM, ANSWER, "and this one?", router=LABELS))
    assert stand.has_thinking() == [True, True]


def test_thinking_from_before_a_conversation_moved_up_is_sent_whole(preset: Preset) -> None:
    stand = Stand(preset, Reply("ok"))
    routed = stand.route(messages(SPAM, ANSWER, "Do a security audit"))
    assert (routed.tier, stand.has_thinking()) == ("opus", [True])


def test_thinking_that_claude_refuses_is_left_out_for_free(preset: Preset) -> None:
    stand = Stand(preset, Reply(failure=REFUSED), Reply("no"), Reply("SPAM"))
    routed = stand.route(messages(SPAM, ANSWER, "and this one?", router=LABELS))
    assert [attempt.tier for attempt in routed.attempts] == ["haiku", "haiku", "sonnet"]
    assert [attempt.cost_state for attempt in routed.attempts] == ["free", "known", "known"]
    assert stand.has_thinking() == [True, False, False]
    assert "haiku refused thinking of the conversation as not its own: sent again without it" in routed.reason


def test_thinking_is_left_out_once_and_never_for_a_pinned_request(preset: Preset) -> None:
    stand = Stand(preset, Reply(failure=REFUSED))
    with pytest.raises(ClaudeRefused, match="Invalid `signature`"):
        stand.route(messages(SPAM, ANSWER, "and this one?"))
    assert len(stand.claude.calls) == 2
    stand = Stand(preset, Reply(failure=REFUSED))
    with pytest.raises(ClaudeRefused):
        stand.route(messages(SPAM, ANSWER, "and this one?", model="haiku"))
    assert stand.has_thinking() == [True]


def test_a_fallback_is_adapted_to_its_tier(preset: Preset) -> None:
    overloaded = CallFailed("overloaded", "Overloaded", status=529, error_type="overloaded_error")
    call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    stand = Stand(preset, Reply(failure=overloaded), Reply(content=[call], stop_reason="tool_use"))
    tools = [{"name": "look", "input_schema": {"type": "object"}}]
    routed = stand.route(messages(SPAM, tools=tools, tool_choice={"type": "any"}))
    # Sonnet 5.5 cannot be forced to call a tool: the prompt asks for the call instead.
    assert [body["tool_choice"]["type"] for body in stand.sent()] == ["any", preset.of(Each("any", "auto"))]
    assert routed.tier == "sonnet"


def test_a_request_that_fits_no_tier_is_refused_before_a_call(preset: Preset) -> None:
    tool = preset.of(Each("computer_toolset_20260801", "computer_20251124"))
    stand = Stand(preset)
    with pytest.raises(InvalidRequest, match=f"does not support tool {tool}"):
        stand.route(messages(SPAM, tools=[{"type": tool}]))
    assert (stand.claude.calls, stand.ledger.writes) == ([], [])


class Counter:
    """Returns scripted counts, and records the requests."""

    def __init__(self, *answers: CallFailed | int) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[Mapping[str, Any], Mapping[str, str]]] = []

    def count_tokens(
        self, body: Mapping[str, Any], headers: Mapping[str, str], timeout_seconds: float
    ) -> Mapping[str, Any]:
        assert timeout_seconds > 0
        self.asked.append((body, headers))
        answer = self.answers.pop(0)
        if isinstance(answer, CallFailed):
            raise answer
        return {"input_tokens": answer}


def counting(preset: Preset, counter: Counter, seconds: float = 5, **body: Any) -> Any:
    clock = FakeClock()
    rules = fake_rules(preset.parameters(), FakeTelemetry(), clock)
    told = {"model": "auto", "messages": [{"role": "user", "content": SPAM}], **body}
    return CountTokensService(rules, counter, clock).count(from_count_form(told, client="tests"), seconds)


def test_tokens_are_counted_on_the_model_that_would_be_called(preset: Preset) -> None:
    counter = Counter(17)
    counted = counting(preset, counter, thinking={"type": "adaptive"}, router={"task": "classification"})
    assert (counted.answer, counted.tier, counted.model) == (
        {"input_tokens": 17},
        "haiku",
        preset.model("haiku"),
    )
    [(body, headers)] = counter.asked
    assert set(body) == {"model", "messages", "thinking"}
    enabled = {"type": "enabled", "budget_tokens": 1024}
    assert body["thinking"] == preset.of(Each(enabled, {"type": "adaptive"}))
    assert headers["anthropic-version"] == "2023-06-01"


def test_a_pinned_count_is_sent_unchanged(preset: Preset) -> None:
    counter = Counter(17)
    counting(preset, counter, model="opus", thinking={"type": "enabled", "budget_tokens": 5})
    assert counter.asked[0][0]["thinking"] == {"type": "enabled", "budget_tokens": 5}


def test_a_count_also_leaves_out_thinking_that_claude_refuses(preset: Preset) -> None:
    counter = Counter(REFUSED, 9)
    told = [{"role": "user", "content": SPAM}, {"role": "assistant", "content": ANSWER}]
    assert counting(preset, counter, messages=[*told, {"role": "user", "content": "And?"}]).answer == {
        "input_tokens": 9
    }
    assert ["thinking" in str(body["messages"]) for body, _ in counter.asked] == [True, False]


def test_a_count_fails_if_claude_refuses_it_or_no_time_is_left(preset: Preset) -> None:
    with pytest.raises(ClaudeRefused, match="tools: bad"):
        counting(preset, Counter(CallFailed("rejected", "tools: bad", status=400)))
    with pytest.raises(DeadlineExceeded):
        counting(preset, Counter(), seconds=0)
    with pytest.raises(InvalidRequest, match="messages"):
        counting(preset, Counter(), messages=[])
