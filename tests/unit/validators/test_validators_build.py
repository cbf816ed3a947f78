"""Specs: what is built, what is refused, and in which words."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model_router.domain.validators import MAX_VALIDATORS, VALIDATORS, InvalidValidator, build, build_all

SPECS: dict[str, dict[str, Any]] = {
    "one_of": {"labels": ["a", "b"]},
    "regex": {"pattern": "a"},
    "json": {},
    "json_schema": {"schema": {"type": "object"}},
    "length": {"max": 5},
    "contains": {"values": ["a"]},
    "not_contains": {"values": ["a"]},
    "number": {"min": 1, "max": 2.5},
    "quotes_source": {},
    "arithmetic": {},
    "code_parses": {"language": "python"},
    "sql_parses": {},
    "language": {"languages": ["en"]},
    "citations": {},
    "like_example": {"example": "a"},
    "lambda": {"function": "stack-validator-a"},
}


def test_every_validator_is_documented() -> None:
    assert set(VALIDATORS) == set(SPECS)
    told = (Path(__file__).parents[3] / "docs" / "validators.md").read_text()
    assert [name for name in VALIDATORS if f"`{name}`" not in told] == []


@pytest.mark.parametrize("name", VALIDATORS)
def test_every_field_of_a_validator_is_documented(name: str) -> None:
    told = (Path(__file__).parents[3] / "docs" / "validators.md").read_text()
    row = next(line for line in told.splitlines() if line.startswith(f"| `{name}` |"))
    fields = [field.alias or own for own, field in VALIDATORS[name].model_fields.items() if own != "type"]
    assert [field for field in fields if f"`{field}`" not in row] == []


@pytest.mark.parametrize("name", SPECS)
def test_a_validator_and_its_verdicts_carry_their_type(name: str) -> None:
    validator = build({"type": name, **SPECS[name]})
    assert validator.type == name
    assert validator.check("a", "a").type == name


@pytest.mark.parametrize("name", SPECS)
def test_a_field_that_a_validator_does_not_have_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidValidator, match=rf"^labelz: is not a field of {name}; its fields are "):
        build({"type": name, **SPECS[name], "labelz": 1})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("json", 'must be an object such as {"type": "json"}'),
        ({}, "type: is required; the validators are one_of, regex,"),
        ({"type": 5}, "type: must be a string"),
        ({"type": "jsn"}, 'type: "jsn" is not a validator; the validators are one_of,'),
        ({"type": "one_of"}, "labels: is required"),
        ({"type": "one_of", "labels": "SPAM"}, "labels: must be a list"),
        ({"type": "one_of", "labels": []}, "labels: must have at least one entry"),
        ({"type": "one_of", "labels": ["a", 3]}, "labels[1]: must be a string"),
        ({"type": "one_of", "labels": [" "]}, "labels[0]: is blank"),
        ({"type": "one_of", "labels": ["Spam", "**spam**"]}, 'labels[1]: equals "Spam" after normalising'),
        ({"type": "one_of", "labels": ["a"] * 201}, "labels: has 201 entries; at most 200 are allowed"),
        ({"type": "length"}, "must have min, max or both"),
        ({"type": "length", "min": "3"}, "min: must be a whole number"),
        ({"type": "length", "min": -1}, "min: must be at least 0"),
        ({"type": "length", "min": 3, "max": 2}, "min: is 3, above max (2)"),
        ({"type": "number", "min": "3"}, "min: must be a number"),
        ({"type": "number", "min": True}, "min: must be a number"),
        ({"type": "number", "max": float("inf")}, "max: must be a finite number"),
        ({"type": "number", "min": 2.5, "max": 1}, "min: is 2.5, above max (1)"),
        ({"type": "contains", "values": [""]}, "values[0]: must not be empty"),
        ({"type": "contains", "values": ["\t"]}, "values[0]: is blank"),
        ({"type": "quotes_source", "require": "no"}, "require: must be true or false"),
        ({"type": "json_schema", "schema": 5}, "schema: must be an object (or true or false)"),
    ],
)
def test_an_invalid_spec_is_refused_with_its_path_and_the_problem(spec: object, message: str) -> None:
    with pytest.raises(InvalidValidator) as refused:
        build(spec)
    assert str(refused.value).startswith(message)


def test_the_path_of_an_invalid_spec_in_a_list_begins_with_its_index() -> None:
    with pytest.raises(InvalidValidator, match=r"^validators\[1\]\.labels: must have at least one entry$"):
        build_all([{"type": "json"}, {"type": "one_of", "labels": []}])
    with pytest.raises(InvalidValidator, match=r"^router\.validators\[0\]\.type: is required"):
        build_all([{}], where="router.validators")


def test_a_list_is_built_in_order() -> None:
    specs = [{"type": name, **fields} for name, fields in SPECS.items()]
    assert [validator.type for validator in build_all(specs)] == list(SPECS)


@pytest.mark.parametrize("specs", ["json", {"type": "json"}, None, 3])
def test_other_values_than_lists_are_refused(specs: object) -> None:
    with pytest.raises(InvalidValidator, match=r"^validators: must be a list"):
        build_all(specs)


def test_too_many_validators_are_refused() -> None:
    assert len(build_all([{"type": "json"}] * MAX_VALIDATORS)) == MAX_VALIDATORS
    with pytest.raises(InvalidValidator, match="at most 20"):
        build_all([{"type": "json"}] * (MAX_VALIDATORS + 1))


def test_the_total_size_of_specs_is_limited_in_requests_only() -> None:
    schema = {"type": "json_schema", "schema": {"enum": ["a" * 30_000]}}
    assert build_all([schema], of_request=True)
    assert len(build_all([schema, schema])) == 2
    with pytest.raises(InvalidValidator, match=r"validators: have more than 50,000 characters"):
        build_all([schema, schema], of_request=True)


def test_an_error_quotes_at_most_an_excerpt_of_the_spec() -> None:
    long = "secret" * 1_000
    for spec in (
        {"type": long},
        {"type": "json", long: 1},
        {"type": "one_of", "labels": [long]},
        {"type": "regex", "pattern": "(" + long[:1_900]},
        {"type": "json_schema", "schema": {"$ref": long}},
        {"type": "json_schema", "schema": {"type": long}},
        {"type": "json_schema", "schema": {"properties": {long: {"pattern": "(?=a)"}}}},
    ):
        with pytest.raises(InvalidValidator) as refused:
            build(spec)
        assert len(str(refused.value)) < 500


def test_importing_the_validators_loads_no_json_schema_library() -> None:
    heavy = "{'jsonschema', 'referencing', 'rpds', 'attr'}"
    code = (
        "import sys; from model_router.domain.validators import build; "
        "[build({'type': 'json'}), build({'type': 'regex', 'pattern': 'a'})]; "
        f"assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules); "
        "build({'type': 'json_schema', 'schema': {}}); assert 'jsonschema' in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
