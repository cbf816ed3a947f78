"""What is not known here goes to the baseline tier; what the installed SDK knows is known here."""

import typing
from typing import Any, get_args

import pytest
from anthropic.types import anthropic_beta_param
from anthropic.types.beta import beta_content_block_param, beta_tool_union_param, message_create_params
from tests.support.presets import Preset
from tests.support.samples import SPAM

from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.known_features import BETAS, BLOCKS, FIELDS, TOOLS, unknown_feature


def request(content: Any = SPAM, betas: str = "", **fields: Any) -> RouteRequest:
    body = {"model": "auto", "max_tokens": 100, "messages": [{"role": "user", "content": content}], **fields}
    headers = {"anthropic-beta": betas} if betas else {}
    return from_messages_form(body, client="tests", api_headers=headers)


ODD: dict[str, Any] = {"x y\n": 1}
UNKNOWN = {
    "a field": request(invented=1),
    "a field of null": request(invented=None),
    "a field of another name": request(**ODD),
    "a tool": request(tools=[{"type": "oracle_20270101", "name": "oracle"}]),
    "a tool version": request(tools=[{"type": "web_search_20270101", "name": "w"}]),
    "a tool of no text": request(tools=[{"type": ["x"], "name": "w"}]),
    "a block": request([{"type": "text", "text": SPAM}, {"type": "hologram", "data": "x"}]),
    "a block in a tool result": request([{"type": "tool_result", "tool_use_id": "t", "content": [{"type": "x"}]}]),
    "a beta": request(betas="fast-mode-2026-02-01, oracle-2027-01-01"),
}


@pytest.mark.parametrize("asked", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_features_go_to_the_baseline_tier(preset: Preset, asked: RouteRequest) -> None:
    policy = preset.policy()
    decision = decide(policy, asked)
    assert decision.tier == policy.rules.tiers.baseline == "opus"
    assert "at least the baseline tier opus" in decision.reason
    assert {"haiku", "sonnet"} <= decision.unfit


def test_the_callers_limit_comes_before_the_baseline(preset: Preset) -> None:
    asked = request(invented=1, router={"max_tier": "sonnet"})
    decision = decide(preset.policy(), asked)
    assert (decision.tier, decision.unfit) == ("sonnet", frozenset({"haiku"}))


def test_a_higher_tier_than_the_baseline_stays(preset: Preset) -> None:
    policy = preset.policy(tiers={"baseline": "haiku"})
    assert decide(policy, request(invented=1, router={"task": "summarization"})).tier == "sonnet"


@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request([{"type": "text", "text": SPAM}], metadata={"user_id": "u"}),
        request(betas="claude-code-20250219,oauth-2025-04-20,interleaved-thinking-2025-05-14"),
        request(tools=[{"name": "look", "input_schema": {"type": "object"}}]),
    ],
)
def test_known_features_go_where_the_text_says(preset: Preset, asked: RouteRequest) -> None:
    assert decide(preset.policy(), asked).tier == "haiku"


def test_blocks_are_read_however_deep_tool_results_are_nested() -> None:
    content: list[Any] = [{"type": "hologram"}]
    for _ in range(5_000):
        content = [{"type": "tool_result", "content": content}]
    assert unknown_feature({"messages": [{"role": "user", "content": content}]}, ()) == "block hologram"


def types_of(union: Any) -> set[str]:
    """The values of `type` of every member of a union of the SDK's parameters."""
    hints = [typing.get_type_hints(member) for member in get_args(union) if hasattr(member, "__annotations__")]
    return {value for fields in hints if "type" in fields for value in _literals(fields["type"])}


def _literals(hint: Any) -> set[str]:
    if typing.get_origin(hint) is typing.Literal:
        return set(get_args(hint))
    return {value for inner in get_args(hint) for value in _literals(inner)}


def test_everything_that_the_installed_sdk_can_send_is_known() -> None:
    fields = set(message_create_params.MessageCreateParamsBase.__annotations__)
    assert fields - FIELDS - {"model", "betas"} == set()
    assert types_of(beta_tool_union_param.BetaToolUnionParam) - TOOLS == set()
    assert types_of(beta_content_block_param.BetaContentBlockParam) - BLOCKS == set()
    assert _literals(anthropic_beta_param.AnthropicBetaParam) - BETAS == set()
