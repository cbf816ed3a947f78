"""What an agent's steps say about the tier of the next one, and what follows from it."""

from typing import Any

import pytest
from tests.support.presets import CURRENT
from tests.support.samples import messages

from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.steps import steps

CACHED: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
PLAN = [{"type": "text", "text": "<system-reminder>Plan mode is active.</system-reminder>"}]
POLICY = CURRENT.policy(routing={"text_model": None})


def used(tool: str, result: str = "ok", *, failed: bool = False, **given: Any) -> list[Any]:
    call = {"type": "tool_use", "id": "toolu_1", "name": tool, "input": given}
    return [[call], [{"type": "tool_result", "tool_use_id": "toolu_1", "content": result, "is_error": failed}]]


def last(*turns: Any) -> str:
    return list(steps(messages(*turns).body["messages"]))[-1][1]


def test_a_read_says_nothing() -> None:
    assert last("Fix it", *used("Read", path="a")) == ""


@pytest.mark.parametrize("tool", ["Edit", "Write", "MultiEdit", "str_replace_based_edit_tool", "apply_patch"])
def test_after_an_edit_the_work_is_carried_out(tool: str) -> None:
    assert last("Fix it", *used(tool, path="a")) == "carrying out"
    assert last("Fix it", *used(tool, path="a"), *used("Read", path="a")) == "carrying out"


@pytest.mark.parametrize(
    "after",
    [
        used("Edit", "no such text", failed=True),
        [*used("Edit"), *used("Bash", "1 failed", failed=True)],
        [*used("Edit"), "Done.", "Now find the root cause"],
        used("TodoWrite"),
        used("str_replace_based_edit_tool", command="view"),
    ],
)
def test_it_is_not_before_an_edit_succeeds_nor_after_an_error_or_new_words(after: list[Any]) -> None:
    assert last("Fix it", *after) == ""


def test_the_same_call_or_the_same_error_for_the_third_time_is_a_stall() -> None:
    again = used("Bash", command="make")
    assert [last("Fix it", *again * count) for count in (1, 2, 3)] == ["", "", "stalled"]
    errors = [used("Bash", "no such file", failed=True, command=f"try {number}") for number in range(3)]
    assert last("Fix it", *errors[0], *errors[1], *errors[2]) == "stalled"
    assert last("Fix it", *again * 3, "Stop.", "Try another way") == ""


def test_plan_mode_lasts_until_the_plan_is_accepted() -> None:
    asked = [*PLAN, {"type": "text", "text": "Add a button"}]
    refused = used("ExitPlanMode", "The user does not want this", failed=True)
    assert last(asked) == last(asked, *used("Read")) == last(asked, *refused) == "planning"
    assert last(asked, *used("ExitPlanMode", plan="1. Add it")) == "carrying out"


@pytest.mark.parametrize("block", [{}, {"type": "tool_use"}, {"type": "tool_result", "content": 7}])
def test_odd_blocks_say_nothing(block: object) -> None:
    assert last("Fix it", [block], [block]) == ""


def decided(*turns: Any, **fields: Any) -> Decision:
    return decide(POLICY, messages(*turns, **{**CACHED, **fields}))


def test_a_plan_is_made_on_the_baseline_tier() -> None:
    decision = decided([*PLAN, {"type": "text", "text": "Add a button"}])
    assert decision.tier == "opus"
    assert decision.reason.endswith("plan mode: opus")
    assert decided([{"type": "text", "text": "Add a button"}]).tier == "sonnet"


def test_a_stall_goes_one_tier_up_and_an_edit_one_down_to_the_default() -> None:
    stalled = decided("Explain it", *used("Bash", command="make") * 3)
    assert (stalled.tier, stalled.moved_from) == ("opus", "sonnet")
    assert stalled.reason.endswith("the same tool call or error again and again: opus")
    edited = decided("Find the root cause", *used("Edit"))
    assert (edited.tier, edited.moved_from) == ("sonnet", "opus")
    assert decided("Explain it", *used("Edit")).tier == "sonnet"


@pytest.mark.parametrize(
    "fields",
    [
        {"output_config": {"effort": "xhigh"}},
        {"output_config": {"effort": "max"}},
        {"thinking": {"type": "enabled", "budget_tokens": 32_000}, "max_tokens": 40_000},
    ],
)
def test_long_reasoning_is_not_asked_of_a_tier_below_the_default(fields: dict[str, Any]) -> None:
    assert decided("Classify this email").tier == "haiku"
    assert decided("Classify this email", **fields).tier == "sonnet"


def test_steps_change_nothing_without_a_cache_or_with_switching_asked() -> None:
    plan = [*PLAN, {"type": "text", "text": "Add a button"}]
    assert decide(POLICY, messages(plan)).tier == "sonnet"
    asked = CURRENT.policy(routing={"text_model": None, "switching": "asked"})
    assert decide(asked, messages(plan, **CACHED)).tier == "sonnet"


def test_the_callers_limits_count_for_every_call_and_say_so() -> None:
    low = decided("Classify this email", router={"min_tier": "sonnet"})
    assert (low.tier, low.reason.rsplit("; ", 1)[1]) == ("sonnet", "min_tier: sonnet")
    high = decided("Find the root cause", *used("Read"), router={"max_tier": "sonnet"})
    assert (high.tier, high.moved_from, high.reason.rsplit("; ", 1)[1]) == ("sonnet", None, "max_tier: sonnet")


def test_a_large_prompt_is_not_sent_below_the_rules_floor() -> None:
    floor = [{"above_input_tokens": 3_000, "tier": "sonnet"}]
    policy = CURRENT.policy(routing={"text_model": None, "floors": floor})
    decision = decide(policy, messages(f"Classify this: {'Hello there. ' * 2_000}", **CACHED))
    assert (decision.tier, decision.reason.rsplit("; ", 1)[1]) == ("sonnet", "the prompt is large: sonnet")
