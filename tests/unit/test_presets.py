"""Routing, adaptation and money under each preset: the article's models, the 5.5 line, and that with Fable above it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.support.presets import CURRENT, DEFAULT, FABLE, LADDERS, Preset
from tests.support.samples import SPAM, messages, plain

from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost, cost_bound
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import decide
from model_router.domain.routing.draft import Target
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.preset_commands import with_preset

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TIERS = ("haiku", "sonnet", "opus")
#: Every tier of every ladder.
RUNGS = [(preset, tier) for preset in LADDERS for tier in preset.policy().rank]


@pytest.fixture(scope="module", params=LADDERS, ids=str)
def policy(request: pytest.FixtureRequest) -> Policy:
    ladder: Preset = request.param
    return ladder.policy()


def test_the_current_preset_holds_the_same_tasks_on_the_5_5_line() -> None:
    default, current = DEFAULT.parameters(), CURRENT.parameters()
    assert {name for name in default if default[name] != current[name]} == {"tiers"}
    assert default.keys() == current.keys()
    models = {tier: CURRENT.model(tier) for tier in TIERS}
    assert models == {tier: f"claude-{tier}-5-5" for tier in TIERS}


def test_the_fable_preset_is_the_current_one_with_a_fourth_tier() -> None:
    current, fable = CURRENT.parameters(), FABLE.parameters()
    assert {name for name in current if current[name] != fable[name]} == {"tiers"}
    assert list(FABLE.policy().rank) == [*TIERS, "fable"]
    assert [FABLE.model(tier) for tier in (*TIERS, "fable")] == [*map(CURRENT.model, TIERS), "claude-fable-5-2"]


def test_fable_is_above_opus_and_asked_only_by_name_or_by_a_failed_check() -> None:
    policy = FABLE.policy()
    assert (policy.next_tier_up("opus"), policy.next_tier_up("fable")) == ("fable", None)
    assert decide(policy, plain("Do a security audit")).tier == "opus"
    assert decide(policy, plain("Do a security audit", min_tier="fable")).model == "claude-fable-5-2"
    changed: dict[str, Mapping[str, Any]] = {
        "tasks__security-audit": {"tier": "fable"},
        "routing": {"precedence": [*policy.rank]},
    }
    asked_for = FABLE.policy(**changed)
    assert decide(asked_for, plain("Do a security audit")).tier == "fable"


def test_a_preset_is_with_preset_the_rules_in_force_and_taken_off_again() -> None:
    before = CURRENT.parameters(tasks__mine={"tier": "opus", "patterns": ["foo"]})
    up = with_preset(before, "fable")
    assert [tier["name"] for tier in json.loads(up["tiers"])["tiers"]] == [*TIERS, "fable"]
    assert with_preset(up, "current") == before


@pytest.mark.parametrize("over", ['{"over": "../nowhere"}', "{}"])
def test_a_preset_over_nothing_is_refused(tmp_path: Path, over: str) -> None:
    (tmp_path / "preset.json").write_text(over)
    with pytest.raises(InvalidRules, match="preset: over: must be a folder"):
        rule_sets.read(tmp_path)


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
def test_a_request_gets_the_tier_that_its_words_ask_for(policy: Policy, request_: RouteRequest, tier: str) -> None:
    decision = decide(policy, request_)
    assert (decision.tier, decision.model) == (tier, policy.rules.model_of(tier))


@pytest.mark.parametrize(("ladder", "tier"), RUNGS)
@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.3, "top_p": 0.9},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000},
        {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
        {"tool_choice": {"type": "any"}, "tools": [{"name": "x", "input_schema": {"type": "object"}}]},
    ],
)
def test_a_body_is_adapted_once_and_for_all(ladder: Preset, tier: str, fields: dict[str, Any]) -> None:
    target = Target(ladder.model(tier), ladder.card(tier), "2023-06-01")
    once = adapt(messages("Hello", **fields).body, target)
    again = adapt(once.body, target)
    assert (again.body, again.adaptations) == (once.body, ())


def test_each_tier_costs_less_than_the_next(policy: Policy) -> None:
    usage = Usage(5_000, 2_000, cache_write_5m_tokens=1_000, cache_read_tokens=20_000)
    spent = [cost(policy.catalog, policy.rules.model_of(tier), usage, NOW) for tier in policy.rank]
    assert spent == sorted(set(spent))


@pytest.mark.parametrize(("ladder", "tier"), RUNGS)
def test_the_baseline_and_the_bound_are_no_less_than_the_cost(ladder: Preset, tier: str) -> None:
    policy = ladder.policy()
    model, baseline = ladder.model(tier), ladder.model(list(policy.rank)[-1])
    usage = Usage(5_000, 2_000)
    spent = cost(policy.catalog, model, usage, NOW)
    low, high = baseline_cost(policy.catalog, model, baseline, usage, NOW)
    assert spent <= low <= high
    assert spent <= cost_bound(policy.catalog, model, 5_000, 2_000, NOW)
