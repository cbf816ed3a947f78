"""What holds of every request, under both presets."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.samples import messages

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.draft import Target
from model_router.domain.routing.policy import Policy

TIERS = ("haiku", "sonnet", "opus")

words = st.sampled_from(["classify", "security audit", "summarize", "hello", "explain", "\n", '"', "tag"])
prompts = st.lists(words, min_size=1).map(" ".join).filter(lambda text: bool(text.strip()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
kinds = st.sampled_from(["enabled", "adaptive", "disabled", "between_tools", "x"])
fields = st.fixed_dictionaries(
    {},
    optional={
        "temperature": json_values,
        "top_p": json_values,
        "thinking": json_values | st.fixed_dictionaries({"type": kinds}, optional={"budget_tokens": json_values}),
        "output_config": json_values
        | st.fixed_dictionaries({"effort": st.sampled_from(["low", "xhigh", "max"]) | json_values}),
        "tools": json_values,
        "tool_choice": json_values | st.fixed_dictionaries({"type": st.sampled_from(["any", "tool", "auto"])}),
        "inference_geo": json_values,
        "max_tokens": st.integers(1, 128_000),
    },
)
blocks = st.lists(
    st.fixed_dictionaries({"type": st.sampled_from(["text", "image", "thinking", "tool_result"])})
    | st.dictionaries(st.text(), json_values, max_size=3),
    min_size=1,
    max_size=3,
)


def decided_or_refused(policy: Policy, request: RouteRequest) -> Decision | str:
    try:
        return decide(policy, request)
    except InvalidRequest as refused:
        return refused.message


@given(st.lists(prompts | blocks, min_size=1, max_size=4), fields, st.booleans())
def test_any_body_is_decided_and_adapted_or_refused_with_a_message(
    policy: Policy, turns: list[Any], more: dict[str, Any], refused: bool
) -> None:
    request = messages(*turns, **more)
    before = repr(request.body)
    decision = decided_or_refused(policy, request)
    if isinstance(decision, str):
        assert decision
        return
    for tier in policy.rank:
        target = Target(policy.rules.model_of(tier), policy.card(tier), "2026-10-21", without_thinking=refused)
        adapted = adapt(request.body, target)
        assert adapted.body["model"] == policy.rules.model_of(tier)
        unchanged = {**request.body, "model": adapted.body["model"]} == adapted.body
        assert unchanged == (not adapted.adaptations)
    assert decision.reason
    assert repr(request.body) == before
