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


def test_a_move_that_is_not_paid_for_waits_with_a_reason(policy: Policy) -> None:
    decision = decide(policy, conversation(1))
    assert (decision.tier, decision.task) == ("sonnet", "security-audit")
    assert "costs $" in decision.reason
    assert "more than reading it on opus, but this conversation has saved only $" in decision.reason
    assert decision.reason.endswith("so it does not move yet")


def test_a_conversation_moves_once_it_has_saved_enough(policy: Policy) -> None:
    tiers = [decide(policy, conversation(turns, answer="Yes. " * 400)).tier for turns in range(1, 60)]
    assert tiers[0] == "sonnet"
    assert tiers[-1] == "opus"
    assert tiers == sorted(tiers, reverse=True)  # "sonnet" until "opus"


def test_a_conversation_does_not_move_back_down(policy: Policy) -> None:
    moved = conversation(60, answer="Yes. " * 400)
    assert decide(policy, moved).tier == "opus"
    later = [*moved.body["messages"], {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Thanks"}]
    decision = decide(policy, messages(*[message["content"] for message in later], **CACHED))
    assert decision.tier == "opus"


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
    assert decide(preset.policy(), conversation(1)).tier == "opus"
    excepted = preset.policy(routing={"switching": "paid_for"}, **{"tasks__security-audit": {"switching": "asked"}})
    assert decide(excepted, conversation(1)).tier == "opus"


def test_a_move_above_the_baseline_does_not_wait(preset: Preset) -> None:
    cheap = preset.policy(routing={"switching": "paid_for"}, tiers={"baseline": "sonnet"})
    assert decide(cheap, conversation(1)).tier == "opus"


def _dollars(reason: str) -> float:
    return float(reason.split("costs $")[1].split(" ", maxsplit=1)[0])


def test_the_cost_of_a_move_does_not_depend_on_earlier_calls_of_the_function(policy: Policy) -> None:
    request = conversation(40, answer="Yes. " * 400)
    turns = range(2, len(request.body["messages"]), 2)
    for path in ([(0, "haiku")], [(0, "haiku"), (11, "sonnet")]):
        cost = SwitchCost.of(packaged_catalog(), policy.rules, request, "security-audit")
        for place in turns:
            alone = SwitchCost.of(packaged_catalog(), policy.rules, request, "security-audit")
            assert cost.reason_to_wait(place, "opus", path) == alone.reason_to_wait(place, "opus", path)
