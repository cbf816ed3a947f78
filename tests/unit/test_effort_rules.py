"""`effort` in the rules: never more than the request asks for, unless the rule sets it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.support.presets import CURRENT, DEFAULT, Preset
from tests.support.samples import messages

from model_router.domain.routing.adaptation import Adapted, adapt
from model_router.domain.routing.draft import Target
from model_router.domain.routing.effort_rules import EffortRule
from model_router.domain.routing.rules_parsing import InvalidRules

LEVELS = ["low", "medium", "high", "xhigh", "max"]
OPUS_55, OPUS_47, HAIKU_45 = CURRENT.model("opus"), DEFAULT.model("opus"), DEFAULT.model("haiku")


def adapted(model: str, rule: dict[str, Any], preset: Preset = CURRENT, **fields: Any) -> Adapted:
    card = preset.policy().catalog.card(model)
    body = messages("Prove it.", **{"max_tokens": 8_000, **fields}).body
    return adapt(body, Target(model, card, effort_rule=EffortRule(**rule)))


@pytest.mark.parametrize("asked", LEVELS)
@pytest.mark.parametrize("limit", LEVELS)
def test_a_limit_lowers_the_effort_and_never_raises_it(asked: str, limit: str) -> None:
    result = adapted(OPUS_55, {"at_most": limit}, output_config={"effort": asked})
    lower = min(asked, limit, key=LEVELS.index)
    assert result.body["output_config"]["effort"] == lower
    assert result.effort == (lower if lower != asked else None)
    assert bool(result.adaptations) is (lower != asked)


def test_a_limit_below_the_models_default_is_sent_where_no_effort_is_asked_for() -> None:
    assert adapted(OPUS_55, {"at_most": "low"}).body["output_config"] == {"effort": "low"}
    assert "output_config" not in adapted(OPUS_55, {"at_most": "medium"}).body, "the default of Opus 5.5 is medium"


@pytest.mark.parametrize("asked", [{}, *({"output_config": {"effort": level}} for level in LEVELS)])
def test_only_set_to_may_raise_it(asked: dict[str, Any]) -> None:
    assert adapted(OPUS_55, {"set_to": "high"}, **asked).body["output_config"]["effort"] == "high"


def test_a_budget_becomes_shorter_by_the_share_of_the_effort() -> None:
    thinking = {"type": "enabled", "budget_tokens": 6_000}
    result = adapted(HAIKU_45, {"at_most": "medium"}, DEFAULT, thinking=thinking)
    assert (result.body["thinking"]["budget_tokens"], result.effort) == (2_000, "medium")
    short = {"type": "enabled", "budget_tokens": 1_500}
    assert adapted(HAIKU_45, {"at_most": "medium"}, DEFAULT, thinking=short).body["thinking"] == short


@pytest.mark.parametrize("model", sorted(CURRENT.policy().catalog.served()))
def test_thinking_is_turned_off_as_far_as_the_model_can(model: str) -> None:
    can_adapt = "adaptive" in CURRENT.policy().catalog.card(model).accepts.thinking
    fields: dict[str, Any] = {"thinking": {"type": "adaptive"}} if can_adapt else {}
    result = adapted(model, {"thinking": "off"}, **fields)
    thinking = result.body.get("thinking", {"type": "none"})["type"]
    assert thinking in ("none", "disabled", "between_tools") or result.body["output_config"]["effort"] == "low"


@pytest.mark.parametrize("rule", [{}, {"at_most": "low", "thinking": "off"}, {"at_most": "some"}, {"set_to": 1}])
def test_a_rule_says_one_thing(rule: dict[str, Any]) -> None:
    with pytest.raises(InvalidRules, match=r"tasks/debugging.*effort"):
        DEFAULT.policy(tasks__debugging={"effort": {"opus": rule}})


def test_a_rule_names_a_tier() -> None:
    with pytest.raises(InvalidRules, match=r"tasks/debugging: effort: 'titan' is not one of the tiers"):
        DEFAULT.policy(tasks__debugging={"effort": {"titan": {"at_most": "low"}}})


def test_an_applications_rule_goes_before_its_tasks() -> None:
    policy = DEFAULT.policy(
        tasks__debugging={"effort": {"opus": {"at_most": "low"}, "sonnet": {"at_most": "medium"}}},
        applications__app_0123456789abcdef={"name": "x", "effort": {"opus": {"at_most": "high"}}},
    )
    request = replace(messages("x"), application="app_0123456789abcdef")
    efforts = policy.rules.efforts_of(request, "debugging")
    assert {tier: rule.at_most for tier, rule in efforts.items()} == {"opus": "high", "sonnet": "medium"}
