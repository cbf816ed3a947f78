"""`router explain`: what it says is what the router decides."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.support.samples import SPAM, plain, rule_parameters

from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.routing.decision import decide
from router_cli import rule_sets
from router_cli.main import main


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The default rules less the text model, so that patterns alone decide."""
    folder = tmp_path / "rules"
    parameters = rule_parameters()
    routing = json.loads(parameters["routing"])
    routing.pop("text_model", None)
    for name, text in {**parameters, "routing": json.dumps(routing)}.items():
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def router(*arguments: str | Path, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, arguments)], input=typed)


def explained(rules: Path, *arguments: str, typed: str | None = None) -> dict[str, Any]:
    result = router("--rules", rules, "--json", *arguments, typed=typed)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.output, parse_float=Decimal)
    return told


def said(told: dict[str, Any], rule: str) -> dict[str, Any]:
    [found] = [entry for entry in told["rules"] if entry["rule"] == rule]
    return dict(found)


def test_it_says_what_the_router_decides(rules: Path) -> None:
    decision = decide(rule_sets.check(rule_sets.read(rules)), plain(SPAM))
    told = explained(rules, SPAM)
    assert (told["tier"], told["task"], told["rule"], told["reason"]) == (
        decision.tier,
        decision.task,
        decision.rule,
        decision.reason,
    )


def test_each_rule_says_what_it_found_and_why_it_does_or_does_not_decide(rules: Path) -> None:
    told = explained(rules, "Do a security audit of this, explain it, and label it")
    assert [entry["rule"] for entry in told["rules"] if entry["decides"]] == ["security-audit"]
    assert said(told, "security-audit")["matched"] == ["security audit"]
    assert said(told, "classification") == {
        "rule": "classification",
        "tier": "haiku",
        "decides": False,
        "matched": ["label"],
        "said": 'occurs, but security-audit: "security audit" comes first',
    }
    assert "does not occur" in said(told, "translation")["said"]


def test_a_cap_is_named_and_so_is_a_floor(rules: Path) -> None:
    told = explained(rules, "Classify this: " + "many words indeed " * 4000)
    assert "over its cap of 5,000" in said(told, "classification")["said"]
    assert "not over 200,000" in said(told, "floor above 200,000 tokens")["said"]


def test_the_text_model_has_its_say() -> None:
    told = explained(Path("rules/default"), "Please tag this, and think: what is 3 + 4 * 2, as an integral of x dx?")
    assert said(told, "text model")["said"]


def test_costs_are_those_of_the_prompt_and_of_the_longest_answer(rules: Path) -> None:
    told = explained(rules, SPAM, "--max-tokens", "1000")
    tokens = estimate_tokens(plain(SPAM).body)
    haiku = told["costs"][0]
    assert haiku["input_tokens"] == tokens
    assert haiku["prompt_usd"] == Decimal(tokens) / 10**6
    assert haiku["most_usd"] - haiku["prompt_usd"] == Decimal("0.005")
    assert [cost["tier"] for cost in told["costs"]] == ["haiku", "sonnet", "opus"]


def test_a_prompt_comes_from_an_argument_or_a_file_or_standard_input(rules: Path, tmp_path: Path) -> None:
    file = tmp_path / "prompt.txt"
    file.write_text(SPAM)
    told = explained(rules, SPAM)
    assert explained(rules, "--file", str(file)) == told
    assert explained(rules, typed=SPAM) == told


def test_a_body_of_either_route_is_taken_as_one(rules: Path) -> None:
    messages = {"messages": [{"role": "user", "content": SPAM}], "max_tokens": 2048}
    told = explained(rules, SPAM)
    assert explained(rules, json.dumps(messages)) == told
    assert explained(rules, json.dumps({"prompt": SPAM})) == told


def test_a_named_task_decides(rules: Path) -> None:
    told = explained(rules, SPAM, "--task", "review")
    assert (told["tier"], said(told, "review")["decides"]) == ("sonnet", True)


def test_the_text_form_is_for_people(rules: Path) -> None:
    result = router("--rules", rules, SPAM)
    assert result.output.startswith("haiku (claude-haiku-4-5-20251001), task classification")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["x", "--task", "juggling"], 1, "not one of the rules' tasks"),
        (["x", "--file", "pyproject.toml"], 2, "either PROMPT or --file"),
        ([" "], 1, "must not be empty"),
        (["x", "--rules", "tests"], 1, "not a valid rule set"),
    ],
)
def test_a_prompt_that_cannot_be_explained_is_refused_with_a_message(
    arguments: list[str], code: int, words: str
) -> None:
    result = router(*arguments)
    assert (result.exit_code, words in result.output) == (code, True), result.output


def test_a_model_that_a_client_names_is_explained_as_the_rules_treat_it(rules: Path) -> None:
    pinned = explained(rules, SPAM, "--model", "claude-opus-5")
    assert (pinned["arm"], pinned["model"]) == ("pinned", "claude-opus-5")
    assert said(pinned, "classification")["said"] == "occurs, but the request names its model"
    routing = json.loads((rules / "routing.json").read_text())
    (rules / "routing.json").write_text(json.dumps({**routing, "route_models": ["claude-opus-*"]}))
    told = explained(rules, SPAM, "--model", "claude-opus-5")
    assert told["reason"] == f"route_models matches claude-opus-5; {explained(rules, SPAM)['reason']}"
    assert told["tier"] == "haiku"
    # In addition to the tiers, the cost on the named model.
    assert [(cost["tier"], cost["model"]) for cost in told["costs"][3:]] == [("other", "claude-opus-5")]
    assert len(explained(rules, SPAM, "--model", "claude-opus-4-7")["costs"]) == 3
    assert "no price for claude-opus-9" in explained(rules, SPAM, "--model", "claude-opus-9")["reason"]
