"""Routing, adaptation and money under both presets: the article's models, and the 5.5 line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.presets import PRESETS, preset_parameters, preset_policy
from tests.support.samples import SPAM, messages, plain

from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost, cost_bound
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import Target, adapt
from model_router.domain.routing.decision import decide
from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TIERS = ("haiku", "sonnet", "opus")
both = pytest.mark.parametrize("preset", PRESETS)


def test_the_current_preset_holds_the_same_tasks_on_the_5_5_line() -> None:
    default, current = preset_parameters("default"), preset_parameters("current")
    assert {name for name in default if default[name] != current[name]} == {"tiers"}
    assert default.keys() == current.keys()
    models = {tier: preset_policy("current").rules.model_of(tier) for tier in TIERS}
    assert models == {tier: f"claude-{tier}-5-5" for tier in TIERS}


@pytest.mark.parametrize("over", ['{"over": "../nowhere"}', "{}"])
def test_a_preset_over_nothing_is_refused(tmp_path: Path, over: str) -> None:
    (tmp_path / "preset.json").write_text(over)
    with pytest.raises(InvalidRules, match="preset: over: must name a folder"):
        rule_sets.read(tmp_path)


@both
@pytest.mark.parametrize(
    ("request_", "tier"),
    [
        (plain(SPAM), "haiku"),
        (plain("Explain how it works"), "sonnet"),
        (plain("What happens at this stage?"), "sonnet"),
        (plain("Do a security audit"), "opus"),
        (plain("Classify this", min_tier="sonnet"), "sonnet"),
        (plain("Do a security audit", max_tier="sonnet"), "sonnet"),
        (messages("Do a security audit", "Done.", "Now classify it"), "opus"),
        (messages("Classify this", "SPAM", "and this?"), "haiku"),
    ],
)
def test_a_request_gets_the_tier_that_its_words_ask_for(preset: str, request_: RouteRequest, tier: str) -> None:
    policy = preset_policy(preset)
    decision = decide(policy, request_)
    assert (decision.tier, decision.model) == (tier, policy.rules.model_of(tier))


@both
@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.3, "top_p": 0.9},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000},
        {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
        {"tool_choice": {"type": "any"}, "tools": [{"name": "x", "input_schema": {"type": "object"}}]},
    ],
)
def test_a_body_is_adapted_once_and_for_all(preset: str, tier: str, fields: dict[str, Any]) -> None:
    policy = preset_policy(preset)
    target = Target(policy.rules.model_of(tier), policy.card(tier), "2023-06-01")
    once = adapt(messages("Hello", **fields).body, target)
    again = adapt(once.body, target)
    assert (again.body, again.adaptations) == (once.body, ())


@both
def test_each_tier_costs_less_than_the_next(preset: str) -> None:
    policy = preset_policy(preset)
    usage = Usage(5_000, 2_000, cache_write_5m_tokens=1_000, cache_read_tokens=20_000)
    spent = [cost(policy.catalog, policy.rules.model_of(tier), usage, NOW) for tier in TIERS]
    assert spent == sorted(set(spent))


@both
@pytest.mark.parametrize("tier", TIERS)
def test_the_baseline_and_the_bound_are_no_less_than_the_cost(preset: str, tier: str) -> None:
    policy = preset_policy(preset)
    model, baseline = policy.rules.model_of(tier), policy.rules.model_of("opus")
    usage = Usage(5_000, 2_000)
    spent = cost(policy.catalog, model, usage, NOW)
    low, high = baseline_cost(policy.catalog, model, baseline, usage, NOW)
    assert spent <= low <= high
    assert spent <= cost_bound(policy.catalog, model, 5_000, 2_000, NOW)
