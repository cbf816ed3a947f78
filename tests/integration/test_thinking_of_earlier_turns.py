"""Thinking that was made after words of the router's: the next turn costs one call, and no refusal."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.fakes import FakeClock, FakeLedger, FakeTelemetry
from tests.support.presets import CURRENT
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import messages

from devtools.claude_standin.server import StandIn
from model_router.adapters.claude import AnthropicClaude
from model_router.domain.answers.result import Routed

pytestmark = pytest.mark.local
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
TOOL = {"name": "look_up", "input_schema": {"type": "object", "properties": {}}}
FORCED = {"tools": [TOOL], "tool_choice": {"type": "any"}}


class Key:
    def __call__(self, seconds: float) -> str:
        return "sk-ant-test"

    def forget(self) -> None:
        """There is no other key."""


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn(clock=lambda: NOW) as running:
        yield running


def ask(standin: StandIn, *turns: Any, **fields: Any) -> Routed:
    clock, telemetry = FakeClock(NOW), FakeTelemetry()
    rules = fake_rules(CURRENT.parameters(), telemetry, clock)
    with closing(AnthropicClaude(Key(), standin.url)) as claude:
        service = route_service(rules, claude, FakeLedger(), telemetry, clock)
        return service.route(messages(*turns, max_tokens=2000, router={"min_tier": "opus"}, **fields), 27)


def test_after_a_forced_tool_that_became_an_instruction_the_next_turn_costs_one_call(standin: StandIn) -> None:
    question = "Explain at length why the sky is blue."
    first = ask(standin, question, **FORCED, thinking={"type": "adaptive"})
    assert first.message is not None
    content = first.message["content"]
    assert "tool_choice any → auto" in " ".join(first.adaptations)
    assert content[0]["type"] == "thinking"
    result = {"type": "tool_result", "tool_use_id": content[-1]["id"], "content": "It scatters."}
    second = ask(standin, question, content, [result], tools=[TOOL])
    assert [attempt.error for attempt in second.attempts] == [None]
