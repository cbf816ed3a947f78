from typing import Any

import pytest
from tests.support.presets import CURRENT, Each, Preset
from tests.support.samples import SPAM, messages

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.errors import InvalidRequest
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.estimate.request_inventory import Inventory
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.routing.decision import decide
from model_router.domain.routing.escalation import AttemptState, after_failed_check
from model_router.domain.routing.fallback import FailedCall, after_failed_call
from model_router.domain.routing.fit import ModelLimits, Needs, obstacle
from model_router.domain.routing.policy import Policy

IMAGE = {"type": "image", "source": {"type": "file", "file_id": "f"}}


def state(**changed: Any) -> AttemptState:
    given = {"tier": "haiku", "routed": True, "may_fall_back": True, "escalations": 0, "fallbacks": 0}
    return AttemptState(**{**given, "seconds_left": 20.0, "last_attempt_seconds": 1.0, "max_tier": None, **changed})


def where(preset: Preset, feature: str, *tiers: str) -> Policy:
    """The preset, something that models may accept being accepted by the models of these tiers alone."""
    changed: dict[str, Any] = {}
    for tier in preset.policy().rank:
        changed |= preset.card_changed(tier, accepts={feature: tier in tiers})
    return preset.policy(**changed)


@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_one_comparison_finds_that_no_tier_has_an_obstacle_and_never_that_one_has_none(
    preset: Preset, beyond: int
) -> None:
    """At the limits of each tier, and with a demand."""
    policy = preset.policy()
    for limits in policy.limits.values():
        at_window, at_output = limits.largest_estimate + beyond, limits.card.max_output_tokens + beyond
        for tokens, max_tokens, extra in ((at_window, 1, {}), (1, at_output, {}), (1, 1, {"inference_geo": "us"})):
            size = InputSize(Inventory())
            size._limit = size._tokens = tokens
            needs = Needs.of({"max_tokens": max_tokens, **extra}, size)
            has_obstacle = any(obstacle(each, needs) for each in policy.limits.values())
            assert policy.common_limits.allow(needs) == (not has_obstacle and not extra)


def test_inference_geo_raises_the_tier_to_one_that_supports_it(preset: Preset) -> None:
    decision = decide(where(preset, "inference_geo", "sonnet", "opus"), messages(SPAM, inference_geo="us"))
    assert (decision.tier, decision.unfit) == ("sonnet", frozenset({"haiku"}))
    assert f"{preset.card('haiku').display_name} does not support inference_geo: raised to sonnet" in decision.reason


def test_only_haiku_4_5_does_not_support_inference_geo(preset: Preset) -> None:
    decision = decide(preset.policy(), messages(SPAM, inference_geo="us"))
    assert (decision.tier, decision.unfit) == preset.of(Each(("sonnet", frozenset({"haiku"})), ("haiku", frozenset())))


def test_a_refusal_names_the_models_that_support_inference_geo(preset: Preset) -> None:
    said = f"{preset.card('haiku').display_name} does not support inference_geo"
    with pytest.raises(InvalidRequest, match=f"{said}.*Models that can serve it .*: .*claude-opus-5-5"):
        decide(
            where(preset, "inference_geo", "sonnet", "opus"),
            messages(SPAM, inference_geo="us", router={"max_tier": "haiku"}),
        )


def test_a_refusal_names_the_models_that_support_a_tool(preset: Preset) -> None:
    tool = preset.of(Each("computer_toolset_20260801", "computer_20251124"))
    takes_it = preset.of(Each("claude-opus-5-5", "claude-opus-4-7"))
    said = f"does not support tool {tool}.*Models that can serve it .*: .*{takes_it}"
    with pytest.raises(InvalidRequest, match=said) as refused:
        decide(preset.policy(), messages(SPAM, tools=[{"type": tool}]))
    assert "mythos" not in refused.value.message  # only for organizations that Anthropic has verified


ADVISOR = {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-4-8"}


def test_a_feature_of_lower_tiers_only_goes_to_the_highest_of_them(preset: Preset) -> None:
    policy = where(preset, "compaction", "sonnet")
    edits = {"edits": [{"type": "compact_20260112"}]}
    decision = decide(policy, messages(SPAM, context_management=edits, router={"task": "analysis"}))
    assert (decision.tier, decision.unfit) == ("sonnet", frozenset({"haiku", "opus"}))
    assert "sonnet is the highest tier that supports it" in decision.reason
    for limits in ({"min_tier": "opus"}, {"max_tier": "haiku"}):
        with pytest.raises(InvalidRequest, match="does not support compaction"):
            decide(policy, messages(SPAM, context_management=edits, router=limits))


def test_a_request_with_an_advisor_goes_to_a_model_that_it_can_advise() -> None:
    decision = decide(CURRENT.policy(), messages(SPAM, tools=[ADVISOR], router={"task": "analysis"}))
    assert decision.tier == "sonnet"
    assert "claude-opus-4-8 cannot be used as an advisor when the request model is claude-opus-5-5" in decision.reason


def test_an_advisor_that_the_catalog_lacks_is_passed_on_to_claude() -> None:
    tools = [{**ADVISOR, "model": "claude-next-9"}]
    assert decide(CURRENT.policy(), messages(SPAM, tools=tools, router={"task": "analysis"})).tier == "opus"


def test_a_tool_change_in_mid_conversation_needs_a_model_that_supports_it(preset: Preset) -> None:
    change = [{"type": "tool_removal", "tool": {"type": "tool_reference", "name": "look"}}]
    told = [{"role": "user", "content": SPAM}, {"role": "system", "content": change}]
    request = from_messages_form({"model": "auto", "max_tokens": 10, "messages": told}, client="tests")
    assert decide(where(preset, "system_messages", "opus"), request).tier == "opus"
    with pytest.raises(InvalidRequest, match="does not support tool changes in mid-conversation"):
        decide(where(preset, "system_messages"), request)


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [{"name": "look", "input_schema": {}, "allowed_callers": ["code_execution_20260120"]}]},
        {"tools": [{"type": "web_search_20260209", "name": "w", "allowed_callers": ["code_execution_20260120"]}]},
    ],
)
def test_a_tool_for_code_only_needs_programmatic_tool_calling(preset: Preset, fields: dict[str, Any]) -> None:
    policy = where(preset, "programmatic_tool_calling", "opus")
    assert decide(policy, messages(SPAM, **fields)).tier == "opus"


def test_a_history_with_calls_from_code_needs_programmatic_tool_calling(preset: Preset) -> None:
    caller = {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}
    call = [{"type": "tool_use", "id": "t", "name": "look", "input": {}, "caller": caller}]
    result = [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]
    policy = where(preset, "programmatic_tool_calling", "opus")
    assert decide(policy, messages(SPAM, call, result)).tier == "opus"


def test_images_in_tool_results_count_towards_the_limit_of_images(preset: Preset) -> None:
    few = preset.card_changed("haiku", accepts={"max_images": 100})
    policy = preset.policy(tasks__classification={"max_input_tokens": None}, **few)
    result = {"type": "tool_result", "tool_use_id": "t", "content": [IMAGE] * 101}
    call = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    decision = decide(policy, messages("Classify these", [call], [result]))
    assert decision.tier == "sonnet"
    assert "101 images exceed" in decision.reason
    with pytest.raises(InvalidRequest, match="601 images exceed"):
        decide(policy, messages([IMAGE] * 601))


def test_an_estimate_alone_refuses_no_request(policy: Policy) -> None:
    pdf = {"type": "document", "source": {"type": "base64", "data": "JVBERi0x" + "A" * 20_000_000}}
    decision = decide(policy, messages([pdf] * 3, max_tokens=10))
    assert decision.tier == "opus"
    assert "no higher tier is allowed" in decision.reason


def test_a_document_from_the_assistant_is_refused_under_an_api_version_without_them(policy: Policy) -> None:
    turns = ("Hi", [{"type": "document", "source": {"type": "text", "data": "x"}}], "And?")
    body = messages(*turns).body
    new = from_messages_form({"model": "auto", **body}, client="tests", api_headers={"anthropic-version": "2026-10-21"})
    with pytest.raises(InvalidRequest, match=r"messages\[1\]: API version 2026-10-21 does not accept document blocks"):
        decide(policy, new)
    assert decide(policy, messages(*turns)).tier == "sonnet"


def test_escalation_and_fallback_skip_a_tier_that_cannot_serve_the_request(policy: Policy) -> None:
    unfit = frozenset({"sonnet"})
    assert after_failed_check(policy, state(unfit=unfit)).tier == "opus"
    assert after_failed_call(policy, state(unfit=unfit), FailedCall("overloaded")).tier == "opus"
    assert after_failed_call(policy, state(unfit=unfit), FailedCall("too_long")).tier == "opus"


def test_the_reason_says_that_no_higher_tier_can_serve_the_request(policy: Policy) -> None:
    step = after_failed_check(policy, state(tier="sonnet", unfit=frozenset({"opus"})))
    assert (step.tier, step.reason) == (None, "sonnet is the highest tier that can serve the request")
    step = after_failed_check(policy, state(unfit=frozenset({"sonnet"}), max_tier="sonnet"))
    assert (step.tier, step.reason) == (None, "sonnet is max_tier, and no tier up to it can serve the request")


@pytest.mark.parametrize("margin", [0, 7, 20, 100])
@pytest.mark.parametrize("model", sorted(packaged_catalog().models))
def test_the_largest_estimate_is_the_last_that_fits_into_the_window_with_the_margin(model: str, margin: int) -> None:
    limits = ModelLimits.of(packaged_catalog(), model, margin)

    def fits(estimate: int) -> bool:
        own_tokens = int(estimate * limits.tokenizer_ratio)
        return own_tokens * (100 + margin) // 100 <= limits.card.context_window

    assert fits(limits.largest_estimate)
    assert not fits(limits.largest_estimate + 1)
