from typing import Any

import pytest
from tests.support.presets import Preset
from tests.support.samples import messages

from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy

LONG = "All work and no play makes Jack a dull boy. " * 3_000
CACHED: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
AUDIT = "Do a security audit"
ANSWER = "Yes. " * 400


@pytest.fixture(scope="module")
def policy(preset: Preset) -> Policy:
    return preset.policy(routing={"switching": "paid_for", "text_model": None})


def conversation(turns: int, *, words: str = "Hello", answer: str = "Yes.", **fields: Any) -> RouteRequest:
    """A conversation of so many answered turns over a long cached document, and then a call for Opus."""
    told = [f"{words} <document>{LONG}</document>", answer]
    for _ in range(turns - 1):
        told += ["And then?", answer]
    return messages(*told, AUDIT, **{**CACHED, **fields})


def continued(request: RouteRequest, *turns: str) -> RouteRequest:
    return messages(*[message["content"] for message in request.body["messages"]], *turns, **CACHED)


def test_a_move_that_is_not_paid_for_waits_with_a_reason(policy: Policy) -> None:
    decision = decide(policy, conversation(1))
    assert (decision.tier, decision.task) == ("sonnet", "security-audit")
    assert "costs $" in decision.reason
    assert "more than reading it on opus, but this conversation has saved only $" in decision.reason
    assert decision.reason.endswith("so it does not move yet")


def test_a_conversation_moves_once_it_has_saved_enough(policy: Policy) -> None:
    tiers = [decide(policy, conversation(turns, answer=ANSWER)).tier for turns in range(1, 60)]
    assert tiers[0] == "sonnet"
    assert tiers[-1] == "opus"
    assert tiers == sorted(tiers, reverse=True)  # "sonnet" until "opus"


def test_a_conversation_that_has_moved_stays_without_a_signal(policy: Policy) -> None:
    moved = conversation(60, answer=ANSWER)
    assert decide(policy, moved).tier == "opus"
    decision = decide(policy, continued(moved, "Done.", "Thanks"))
    assert (decision.tier, decision.moved_from) == ("opus", None)


def test_a_conversation_moves_back_down_once_it_has_saved_enough(policy: Policy) -> None:
    moved = conversation(200, answer=ANSWER)
    assert decide(policy, moved).tier == "opus"
    down = decide(policy, continued(moved, "Done.", "Explain what you found"))
    assert (down.tier, down.moved_from, down.task) == ("sonnet", "opus", "explanation")


def test_a_conversation_that_has_just_moved_up_can_move_back_down(policy: Policy) -> None:
    turns = next(turns for turns in range(1, 100) if decide(policy, conversation(turns, answer=ANSWER)).tier == "opus")
    decision = decide(policy, continued(conversation(turns, answer=ANSWER), "Done.", "Explain what you found"))
    assert (decision.tier, decision.moved_from) == ("sonnet", "opus")


def test_a_conversation_that_began_on_the_baseline_has_saved_nothing_to_move_with(policy: Policy) -> None:
    began = messages(f"{AUDIT} <document>{LONG}</document>", "Done.", "Explain what you found", **CACHED)
    decision = decide(policy, began)
    assert (decision.tier, decision.task) == ("opus", "explanation")
    assert "has saved only $0, so it does not move yet" in decision.reason


def test_a_large_addition_to_the_prompt_pays_for_the_move(policy: Policy) -> None:
    began = messages(AUDIT, "Done.", f"Explain what this is <document>{LONG}</document>", **CACHED)
    assert decide(policy, began).tier == "sonnet"


def test_a_later_turn_without_a_signal_can_end_the_wait(policy: Policy) -> None:
    told = [message["content"] for message in conversation(1).body["messages"]]
    for _ in range(60):
        told += ["Yes. " * 400, "And then?"]
    assert decide(policy, messages(*told, **CACHED)).tier == "opus"


@pytest.mark.parametrize(
    "fields",
    [{"cache_control": None}, {"router": {"task": "security-audit"}}, {"router": {"min_tier": "opus"}}],
)
def test_a_conversation_moves_at_once_if_its_tier_is_prescribed(policy: Policy, fields: dict[str, Any]) -> None:
    assert decide(policy, conversation(1, **fields)).tier == "opus"


def test_a_prompt_too_short_for_the_cache_moves_at_once(policy: Policy) -> None:
    assert decide(policy, messages("Hello", "Hi!", AUDIT, **CACHED)).tier == "opus"


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [{"type": "text", "text": "s", **CACHED}], "cache_control": None},
        {"tools": [{"name": "t", "input_schema": {"type": "object"}, **CACHED}], "cache_control": None},
    ],
)
def test_a_cache_breakpoint_counts_anywhere_in_the_body(policy: Policy, fields: dict[str, Any]) -> None:
    assert decide(policy, conversation(1, **fields)).tier == "sonnet"


def test_leaving_a_cache_of_one_hour_costs_more(policy: Policy) -> None:
    hour: dict[str, Any] = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    short, long = (decide(policy, conversation(1, **fields)).reason for fields in (CACHED, hour))
    assert _dollars(long) > _dollars(short)


def test_a_turn_moves_at_once_with_switching_asked(preset: Preset) -> None:
    assert decide(preset.policy(routing={"switching": "asked"}), conversation(1)).tier == "opus"
    excepted = preset.policy(routing={"switching": "paid_for"}, **{"tasks__security-audit": {"switching": "asked"}})
    assert decide(excepted, conversation(1)).tier == "opus"


def test_a_move_above_the_baseline_does_not_wait(preset: Preset) -> None:
    cheap = preset.policy(routing={"switching": "paid_for"}, tiers={"baseline": "sonnet"})
    assert decide(cheap, conversation(1)).tier == "opus"


def _dollars(reason: str) -> float:
    return float(reason.split("costs $")[1].split(" ", maxsplit=1)[0])
