"""A schema is checked against its meta-schema as jsonschema does it, with less work."""

import cProfile
import pstats
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator
from jsonschema.exceptions import SchemaError

from model_router.domain.validators.meta_schemas import checker

DRAFTS = [Draft4Validator, Draft6Validator, Draft7Validator, Draft201909Validator, Draft202012Validator]
SPREAD = [Draft201909Validator, Draft202012Validator]
#: What is right for some keywords and wrong for others, in more than one place.
VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, "", "a", "#/$defs/a", "http://a.example/b#c", "a(", []),
    *([1, {}], ["a", "a"], ["a", "b"], ["string", "null"], [{}], [{"type": "x"}, {"minLength": -1}]),
    *({}, {"a": 1}, {"a": {"type": "string"}}, {"a": {"type": 1, "items": 2}}, {"a": ["b"]}, {"a": ["b", 1]}),
    *({"$ref": 1}, {"$ref": "#/a", "type": 1}, {"$defs": {"a": 1}, "definitions": {"a": 1}, "minimum": "a"}),
]
PLACES: list[Callable[[Any], Any]] = [
    lambda schema: schema,
    lambda schema: {"maxLength": 1, "properties": {"x": schema, "y": 1}},
    lambda schema: {"items": [{}, schema]},
    lambda schema: {"anyOf": [{}, {"not": schema}]},
    lambda schema: {"$defs": {"a": schema}, "definitions": {"b": schema}},
    lambda schema: {"dependencies": {"a": schema}, "dependentSchemas": {"a": schema}},
]


def found_by_jsonschema(draft: Any, schema: Any) -> tuple[str, list[Any]] | None:
    try:
        draft.check_schema(schema, format_checker=None)
    except SchemaError as error:
        return error.message, list(error.absolute_path)
    return None


def found_here(draft: Any, schema: Any) -> tuple[str, list[Any]] | None:
    error = next(checker(draft).iter_errors(schema), None)
    return None if error is None else (error.message, list(error.absolute_path))


def keywords(draft: Any) -> list[str]:
    return sorted({*checker(draft).schema["properties"], "unknown"})


@pytest.mark.parametrize("draft", DRAFTS)
def test_each_keyword_with_each_value_gives_the_error_of_jsonschema(draft: Any) -> None:
    places = cycle(PLACES)
    schemas = [next(places)({keyword: value}) for keyword in keywords(draft) for value in VALUES]
    found = [found_here(draft, schema) for schema in [*VALUES, *schemas]]
    assert found == [found_by_jsonschema(draft, schema) for schema in [*VALUES, *schemas]]
    assert any(found)
    assert not all(found)


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_keyword_of_the_draft_is_in_the_meta_schema(draft: Any) -> None:
    assert {"type", "enum", "items", "required", "anyOf", "definitions"} <= set(keywords(draft))
    assert draft not in SPREAD or {"$anchor", "contentSchema", "unevaluatedItems", "dependentSchemas"} <= set(
        keywords(draft)
    )


def calls(work: Callable[[], object]) -> int:
    profile = cProfile.Profile()
    profile.runcall(work)
    counted: Any = pstats.Stats(profile)
    return int(counted.total_calls)


@pytest.mark.parametrize("draft", SPREAD)
def test_a_large_schema_takes_a_quarter_of_the_calls(draft: Any) -> None:
    schema = {"anyOf": [{"type": "object", "properties": {"a": {"minLength": 1}}}] * 200}
    found_here(draft, schema)  # builds the checker
    assert calls(lambda: found_here(draft, schema)) * 4 < calls(lambda: found_by_jsonschema(draft, schema))
