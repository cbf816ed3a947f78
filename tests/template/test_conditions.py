"""Whatever the parameters are, the template refers to nothing that its conditions leave out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from devtools.security_checks.conditions import UndecidedError, concrete, every_choice, require_both_ways

PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


def references(value: Any) -> Iterator[str]:
    """What `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn` name, without attributes."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Fn::Sub":
            text, local = (item, {}) if isinstance(item, str) else item
            yield from (name.split(".")[0] for name in PLACEHOLDER.findall(text) if name not in local)
            yield from references(local)
        elif key == "Fn::GetAtt":
            yield str(item[0])
        elif key == "Ref":
            yield item.split(".")[0]
        elif key == "DependsOn":
            yield from ([item] if isinstance(item, str) else item)
        else:
            yield from references(item)


def dangling(template: dict[str, Any], parameters: dict[str, str]) -> set[str]:
    deployed = concrete(template, parameters)
    named = set(references({"Resources": deployed["Resources"], "Outputs": deployed.get("Outputs", {})}))
    there = deployed["Resources"].keys() | deployed["Parameters"].keys()
    return {name for name in named if name not in there and "::" not in name}


@pytest.mark.parametrize("choice", list(every_choice()), ids=lambda choice: "-".join(choice) or "defaults")
def test_every_reference_is_to_something_that_is_deployed(template: dict[str, Any], choice: dict[str, str]) -> None:
    assert dangling(template, choice) == set()


def test_each_condition_is_decided_both_ways(template: dict[str, Any]) -> None:
    require_both_ways(template)
    template = {**template, "Conditions": {"Always": {"Fn::Equals": ["a", "a"]}}}
    with pytest.raises(UndecidedError, match="Always"):
        require_both_ways(template)


@pytest.mark.parametrize(
    "user",
    [
        {"DependsOn": "Made"},
        {"DependsOn": ["Made"]},
        {"Properties": {"Role": {"Fn::GetAtt": ["Made", "Arn"]}}},
        {"Properties": {"Role": {"Fn::Sub": "${Made.Arn}"}}},
        {"Properties": {"Role": {"Fn::If": ["Makes", "none", {"Ref": "Made"}]}}},
    ],
)
def test_a_reference_to_what_a_condition_leaves_out_is_found(user: dict[str, Any]) -> None:
    template = {
        "Parameters": {"Streaming": {"Default": "true"}},
        "Conditions": {"Makes": {"Fn::Equals": [{"Ref": "Streaming"}, "true"]}},
        "Resources": {"Made": {"Type": "T", "Condition": "Makes"}, "User": {"Type": "T", **user}},
    }
    assert dangling(template, {"Streaming": "false"}) == {"Made"}


def test_what_remains_has_no_condition_and_the_chosen_branch_only() -> None:
    template = {
        "Parameters": {"Streaming": {"Default": "true"}},
        "Conditions": {"Streams": {"Fn::Equals": [{"Ref": "Streaming"}, "true"]}},
        "Resources": {
            "Left": {"Type": "T", "Condition": "Streams"},
            "Kept": {"Type": "T", "Properties": {"A": {"Fn::If": ["Streams", 1, {"Ref": "AWS::NoValue"}]}, "B": 2}},
        },
    }
    assert concrete(template, {"Streaming": "false"})["Resources"] == {"Kept": {"Type": "T", "Properties": {"B": 2}}}
    assert concrete(template, {})["Resources"]["Left"] == {"Type": "T"}
