import json

import pytest
from tests.support.samples import rule_parameters

from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.routing.policy import compile_policy
from model_router.domain.routing.rules_parsing import InvalidRules, parse, set_hash

ARTICLE = {
    "haiku": {"classify", "extract", "detect", "label", "tag", "yes or no", "true or false", "which category"},
    "sonnet": {"summarize", "explain", "review", "draft", "rewrite", "translate", "describe"},
    "opus": {
        "analyze the entire",
        "design a system",
        "find the root cause",
        "architect",
        "debug this complex",
        "security audit",
    },
}


def findings(parameters: dict[str, str]) -> str:
    with pytest.raises(InvalidRules) as refused:
        compile_policy(parse(parameters), packaged_catalog())
    return "\n".join(refused.value.findings)


def test_the_default_rules_contain_the_articles_21_patterns_with_its_tiers_and_caps() -> None:
    rules = parse(packaged_rules())
    by_tier = {
        tier: {pattern for task in rules.tasks.values() if task.tier == tier for pattern in task.patterns}
        for tier in ARTICLE
    }
    assert by_tier == ARTICLE
    caps = {task.tier: task.max_input_tokens for task in rules.tasks.values() if task.patterns}
    assert caps == {"haiku": 5_000, "sonnet": 50_000, "opus": 1_000_000}
    assert rules.routing.precedence == ["opus", "haiku", "sonnet"]
    assert (rules.routing.default_tier, rules.tiers.baseline) == ("sonnet", "opus")


def test_every_default_parameter_fits_into_a_standard_parameter() -> None:
    assert max(len(text.encode()) for text in packaged_rules().values()) <= 4096


def test_an_unknown_field_is_refused_with_its_place() -> None:
    assert "tasks/review: patternz: is not a known field" in findings(rule_parameters(tasks__review={"patternz": []}))


def test_all_findings_of_all_parameters_are_reported_together() -> None:
    parameters = rule_parameters(
        tasks__review={"tier": "nope"}, routing={"default_tier": "gold"}, tiers={"baseline": "silver"}
    )
    told = findings(parameters)
    assert "tasks/review: tier: 'nope' is not one of the tiers haiku, sonnet, opus" in told
    assert "routing: default_tier: 'gold'" in told
    assert "tiers: baseline: 'silver'" in told


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("tiers", "{", "tiers: is not JSON"),
        ("notes", "{}", "notes: is not a parameter of a rule set"),
        ("tasks/Bad Name", "{}", "tasks/Bad Name: is not a parameter"),
        ("tasks/x", '{"tier": "haiku", "patterns": ["*"]}', "pattern 1: '\\*' has no letter"),
        ("tasks/x", '{"tier": "haiku", "max_input_tokens": 0}', "max_input_tokens: must be at least 1"),
        ("tasks/x", '{"tier": "haiku", "max_input_tokens": "5"}', "max_input_tokens: must be a whole number"),
        ("tasks/default", '{"tier": "haiku", "patterns": ["x"]}', "tasks/default: cannot have patterns"),
        ("rollout", '{"percent": 101, "salt": ""}', "rollout: percent: must be at most 100"),
        ("models/claude-x", '{"prices": 0.3}', "models/claude-x"),
        ("tasks/x", "[" * 100_000, "tasks/x: is"),
    ],
)
def test_an_invalid_parameter_is_refused_with_a_message(name: str, text: str, said: str) -> None:
    with pytest.raises(InvalidRules, match=said):
        parse({**packaged_rules(), name: text})


def test_a_missing_part_is_named() -> None:
    assert "routing: is missing from the set" in findings(rule_parameters(routing=None))


def test_a_tier_of_a_model_that_the_catalog_lacks_is_refused() -> None:
    tiers = {"tiers": [{"name": "haiku", "model": "claude-none"}, {"name": "sonnet", "model": "claude-sonnet-4-6"}]}
    told = findings(rule_parameters(tiers={**tiers, "baseline": "sonnet"}, routing={"precedence": ["haiku", "sonnet"]}))
    assert "'opus' is not one of the tiers haiku, sonnet" in told


def test_a_validator_that_does_not_compile_is_refused() -> None:
    parameters = rule_parameters(tasks__review={"validators": [{"type": "regex", "pattern": "("}]})
    assert "tasks/review: validators[0]" in findings(parameters)


def test_a_model_can_be_overridden_with_a_price_that_stays_exact() -> None:
    card = packaged_catalog().card("claude-haiku-4-5").model_dump(mode="json", by_alias=True)
    card["prices"][0]["bands"][0]["input"] = "0.90"
    parameters = {**packaged_rules(), "models/claude-haiku-4-5-20251001": json.dumps(card)}
    changed = compile_policy(parse(parameters), packaged_catalog())
    assert str(changed.card("haiku").prices[0].bands[0].input) == "0.90"


def test_a_float_price_is_refused() -> None:
    card = packaged_catalog().card("claude-haiku-4-5").model_dump(mode="json", by_alias=True)
    card["prices"][0]["bands"][0]["input"] = 0.9
    with pytest.raises(InvalidRules, match="write money as a string"):
        parse({**packaged_rules(), "models/claude-haiku-4-5-20251001": json.dumps(card)})


def test_the_hash_ignores_white_space_in_the_json() -> None:
    spaced = {name: json.dumps(json.loads(text), indent=4) for name, text in packaged_rules().items()}
    assert set_hash(spaced) == set_hash(packaged_rules())
    assert set_hash(rule_parameters(tasks__review={"tier": "opus"})) != set_hash(packaged_rules())


def test_a_set_edited_after_its_push_is_used_and_flagged_as_drifted() -> None:
    manifest = json.dumps({"version": "v1", "pushed_at": "2026-11-23T00:00:00Z", "hash": set_hash(packaged_rules())})
    assert parse({**packaged_rules(), "manifest": manifest}).version == "v1"
    edited = parse({**rule_parameters(tasks__review={"tier": "opus"}), "manifest": manifest})
    assert edited.drifted
    assert edited.version.startswith("v1+edited-")
    assert edited.tasks["review"].tier == "opus"


def test_raising_the_percentage_is_no_drift() -> None:
    manifest = json.dumps({"version": "v1", "pushed_at": "x", "hash": set_hash(packaged_rules())})
    assert not parse({**rule_parameters(rollout={"percent": 10}), "manifest": manifest}).drifted
