from typing import Any

import pytest
from tests.support.presets import Preset
from tests.support.samples import messages

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.switching import SwitchCost

LONG = "All work and no play makes Jack a dull boy. " * 3_000
CACHED: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
AUDIT = "Do a security audit"


@pytest.fixture(scope="module")
def policy(preset: Preset) -> Policy:
    return preset.policy(routing={"switching": "paid_for", "text_model": None})


def conversation(turns: int, *, words: str = "Hello", answer: str = "Yes.", **fields: Any) -> RouteRequest:
    """A conversation of so many answered turns over a long cached document, and then a call for Opus."""
    told = [f"{words} <document>{LONG}</document>", answer]
    for _ in range(turns - 1):
        told += ["And then?", answer]
    return messages(*told, AUDIT, **{**CACHED, **fields})


def test_a_move_that_is_not_paid_for_waits_and_says_what_is_missing(policy: Policy) -> None:
    decision = decide(policy, conversation(1))
    assert (decision.tier, decision.task) == ("sonnet", "security-audit")
    assert "costs $" in decision.reason
    assert "more than reading it on opus, but this conversation has saved only $" in decision.reason
    assert decision.reason.endswith("so it does not move yet")


def test_it_moves_once_the_conversation_has_saved_enough(policy: Policy) -> None:
    tiers = [decide(policy, conversation(turns, answer="Yes. " * 400)).tier for turns in range(1, 60)]
    assert tiers[0] == "sonnet"
    assert tiers[-1] == "opus"
    assert tiers == sorted(tiers, reverse=True)  # "sonnet" until "opus"


def test_it_does_not_come_back_down(policy: Policy) -> None:
    moved = conversation(60, answer="Yes. " * 400)
    assert decide(policy, moved).tier == "opus"
    later = [*moved.body["messages"], {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Thanks"}]
    decision = decide(policy, messages(*[message["content"] for message in later], **CACHED))
    assert decision.tier == "opus"


def test_a_wait_ends_with_a_later_turn_even_one_without_a_signal(policy: Policy) -> None:
    told = [message["content"] for message in conversation(1).body["messages"]]
    for _ in range(60):
        told += ["Yes. " * 400, "And then?"]
    assert decide(policy, messages(*told, **CACHED)).tier == "opus"


@pytest.mark.parametrize(
    "fields",
    [{"cache_control": None}, {"router": {"task": "security-audit"}}, {"router": {"min_tier": "opus"}}],
)
def test_what_leaves_no_choice_moves_at_once(policy: Policy, fields: dict[str, Any]) -> None:
    assert decide(policy, conversation(1, **fields)).tier == "opus"


def test_a_short_prompt_has_no_cache_at_stake(policy: Policy) -> None:
    assert decide(policy, messages("Hello", "Hi!", AUDIT, **CACHED)).tier == "opus"


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [{"type": "text", "text": "s", **CACHED}], "cache_control": None},
        {"tools": [{"name": "t", "input_schema": {"type": "object"}, **CACHED}], "cache_control": None},
    ],
)
def test_a_cache_is_at_stake_wherever_the_body_marks_one(policy: Policy, fields: dict[str, Any]) -> None:
    assert decide(policy, conversation(1, **fields)).tier == "sonnet"


def test_an_hours_cache_costs_more_to_leave(policy: Policy) -> None:
    hour: dict[str, Any] = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    short, long = (decide(policy, conversation(1, **fields)).reason for fields in (CACHED, hour))
    assert _dollars(long) > _dollars(short)


def test_by_default_and_for_tasks_that_say_so_a_turn_gets_what_it_asks_for(preset: Preset) -> None:
    assert decide(preset.policy(), conversation(1)).tier == "opus"
    excepted = preset.policy(routing={"switching": "paid_for"}, **{"tasks__security-audit": {"switching": "asked"}})
    assert decide(excepted, conversation(1)).tier == "opus"


def test_above_the_baseline_there_is_nothing_to_wait_for(preset: Preset) -> None:
    cheap = preset.policy(routing={"switching": "paid_for"}, tiers={"baseline": "sonnet"})
    assert decide(cheap, conversation(1)).tier == "opus"


def _dollars(reason: str) -> float:
    return float(reason.split("costs $")[1].split(" ", maxsplit=1)[0])


def test_what_a_move_costs_is_the_same_whether_or_not_earlier_turns_asked_for_one(policy: Policy) -> None:
    request = conversation(40, answer="Yes. " * 400)
    turns = range(2, len(request.body["messages"]), 2)
    for path in ([(0, "haiku")], [(0, "haiku"), (11, "sonnet")]):
        cost = SwitchCost.of(packaged_catalog(), policy.rules, request, "security-audit")
        for place in turns:
            alone = SwitchCost.of(packaged_catalog(), policy.rules, request, "security-audit")
            assert cost.reason_to_wait(place, "opus", path) == alone.reason_to_wait(place, "opus", path)
