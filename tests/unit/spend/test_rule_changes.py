"""The rules file that moves a task."""

import json

from tests.support.samples import rule_parameters

from model_router.domain.routing.rules_parsing import parse
from model_router.domain.spend.monthly.task_review import tier_change, tier_of_task


def test_a_change_is_the_whole_file_with_its_tier_alone_changed_ready_to_be_pushed() -> None:
    parameters = rule_parameters()
    change = tier_change(parameters, "extraction", "sonnet")
    assert (change.parameter, change.file) == ("tasks/extraction", "tasks/extraction.json")
    before, after = json.loads(parameters["tasks/extraction"]), json.loads(change.text)
    assert after == {**before, "tier": "sonnet"}
    assert list(after) == list(before)
    assert parse({**parameters, "tasks/extraction": change.text}).tasks["extraction"].tier == "sonnet"


def test_what_no_rule_matched_is_moved_by_the_default_tier() -> None:
    parameters = rule_parameters()
    change = tier_change(parameters, "default", "haiku")
    assert (change.parameter, change.file) == ("routing", "routing.json")
    assert parse({**parameters, "routing": change.text}).routing.default_tier == "haiku"


def test_a_task_named_default_is_moved_like_any_other() -> None:
    parameters = rule_parameters(tasks__default={"tier": "sonnet"})
    assert tier_change(parameters, "default", "opus").parameter == "tasks/default"


def test_letters_beyond_ascii_stay_as_they_are() -> None:
    parameters = rule_parameters(tasks__extraction={"description": "Zieht Beträge heraus"})
    assert "Beträge" in tier_change(parameters, "extraction", "opus").text


def test_the_tier_of_a_task_is_its_rules_the_default_one_or_none() -> None:
    rules = parse(rule_parameters())
    assert tier_of_task(rules, "analysis") == "opus"
    assert tier_of_task(rules, "default") == "sonnet"
    assert tier_of_task(rules, "long-gone") is None
