"""json and json_schema on answers, and the schemas that are refused."""

import json
import time
from typing import Any

import pytest

from model_router.domain.validators import InvalidValidator, Verdict, build

DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def check(schema: object, answer: str) -> Verdict:
    return build({"type": "json_schema", "schema": schema}).check(answer, "")


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        ('{"a": [1, 2.5, null, true, "x"]}', "ok"),
        ("42", "ok"),
        (' \n"x" ', "ok"),
        ('```json\n{"a": 1}\n```', "ok"),
        ("```\n[]\n```\n", "ok"),
        ('{"a": "```"}', "ok"),
        ("```python\n[]\n```", "not_json"),
        ("```json\n[]\n```\n```json\n[]\n```", "not_json"),
        ('Here it is: {"a": 1}', "not_json"),
        ("{'a': 1}", "not_json"),
        ('{"a": 1,}', "not_json"),
        ('{"a": NaN}', "not_json"),
        ("-Infinity", "not_json"),
        ("1e999", "number_too_large"),
        ("9" * 5_000, "number_too_large"),
        ('{"a": 1, "a": 2}', "duplicate_key"),
        ("", "empty_answer"),
        ("```json\n```", "empty_answer"),
        ("[" * 200 + "]" * 200, "ok"),
        ("[" * 201 + "]" * 201, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ('"\ud800"', "ok"),
    ],
)
def test_json_is_the_whole_answer_and_strict(answer: str, slug: str) -> None:
    assert build({"type": "json"}).check(answer, "").code == slug
    assert check({}, answer).code == slug


def test_a_fence_can_be_refused() -> None:
    assert build({"type": "json", "fence": False}).check("```json\n1\n```", "").code == "not_json"
    assert build({"type": "json_schema", "schema": {}, "fence": False}).check("```\n1\n```", "").code == "not_json"


def test_a_mismatch_says_where_and_why() -> None:
    schema = {"properties": {"items": {"items": {"properties": {"price": {"type": "number"}}}}}}
    verdict = check(schema, '{"items": [{"price": 1}, {"price": "12"}]}')
    assert verdict.code == "schema_mismatch"
    assert "$.items[1].price: '12' is not of type 'number'" in verdict.message


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "object", "required": ["a"]}, '{"a": 1}', "{}"),
        ({"enum": ["x", "y"]}, '"x"', '"z"'),
        ({"properties": {"a": {}}, "additionalProperties": False}, '{"a": 1}', '{"b": 1}'),
        ({"patternProperties": {"^x": {"type": "null"}}, "additionalProperties": False}, '{"x1": null}', '{"y": null}'),
        ({"patternProperties": {"^x": {"type": "null"}}}, '{"y": 1}', '{"x": 1}'),
        ({"additionalProperties": {"type": "integer"}}, '{"a": 1}', '{"a": "1"}'),
        ({"pattern": "^[a-z]+$"}, '"abc"', '"ABC"'),
        ({"pattern": r"^\pL+\z"}, '"é"', '"1"'),
        ({"multipleOf": 0.01}, "19.99", "19.999"),
        ({"multipleOf": 7}, "21", "22"),
        ({"uniqueItems": True}, '[1, true, "1", {"a": 1}]', '[{"a": 1, "b": 2}, {"b": 2.0, "a": 1}]'),
        ({"unevaluatedProperties": False, "properties": {"a": {}}}, '{"a": 1}', '{"b": 1}'),
        ({"$defs": {"n": {"type": "integer"}}, "items": {"$ref": "#/$defs/n"}}, "[1]", '["1"]'),
        ({"$defs": {"n": {"$anchor": "n", "type": "integer"}}, "$ref": "#n"}, "1", '"1"'),
        ({"$defs": {"n": {"$id": "urn:n", "type": "integer"}}, "$ref": "urn:n"}, "1", '"1"'),
        (
            {"properties": {"child": {"$ref": "#"}, "v": {"type": "integer"}}},
            '{"child": {"v": 1}}',
            '{"child": {"v": ""}}',
        ),
        ({"$schema": DRAFT_7, "items": [{"type": "integer"}], "additionalItems": False}, "[1]", "[1, 2]"),
        ({"$schema": DRAFT_7, "pattern": "^(a+)+$"}, '"aa"', '"ab"'),
        ({"prefixItems": [{"type": "integer"}], "items": False}, "[1]", "[1, 2]"),
        ({"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}}}, '{"$ref": "x"}', '{"$ref": 1}'),
        (True, "1", "x"),
    ],
)
def test_a_schema_has_the_meaning_of_its_draft(schema: Any, good: str, bad: str) -> None:
    assert check(schema, good).code == "ok"
    assert check(schema, bad).code in {"schema_mismatch", "not_json"}


def _levels(keyword: str, levels: int) -> dict[str, Any]:
    """A chain of definitions, each of which refers twice to the next: 2^levels paths."""
    chain = {f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(levels)}
    return {**chain, f"d{levels}": {"type": "string", "minLength": 9}}


def _nested(keyword: str, levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {keyword: schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "strng"}, "schema.type: is not valid JSON Schema: 'strng'"),
        ({"$schema": "https://example.com/mine"}, "schema.$schema: is not a supported draft"),
        (
            {"$ref": "https://example.com/s"},
            'schema.$ref: "https://example.com/s" is not in the schema, and nothing is fetched',
        ),
        ({"$ref": "http://json-schema.org/draft-07/schema#"}, "schema.$ref: "),
        ({"$id": "https://example.com/a", "$ref": "b"}, 'schema.$ref: "b" is not in the schema'),
        ({"items": {"$dynamicRef": "https://example.com/s"}}, "schema.items.$dynamicRef: "),
        ({"$ref": "#/$defs/none"}, 'schema.$ref: "#/$defs/none" leads nowhere'),
        ({"$ref": "#/const", "const": {"pattern": "(a+)+$"}}, 'schema.$ref: "#/const" does not lead to a schema'),
        ({"$id": "http://["}, "schema.$id: is not a URI"),
        ({"properties": {"x": {"pattern": "(?=a)"}}}, "schema.properties.x.pattern: uses look-ahead"),
        ({"patternProperties": {r"(a)\1": {}}}, r"schema.patternProperties.(a)\1: uses a backreference"),
        ({"items": {"$schema": DRAFT_7}}, "schema.items.$schema: is only allowed at the top"),
        ({"$ref": "#"}, "schema: refers to itself in a circle"),
        ({"allOf": [{"$ref": "#"}]}, "schema: refers to itself in a circle"),
        (
            {"$defs": {**_levels("allOf", 30), "d30": {}}, "$ref": "#/$defs/d0"},
            "schema: refers to itself in a circle, or takes endless",
        ),
        (_nested("not", 70), "schema: is nested deeper than 64 levels"),
        ({"enum": ["x" * 100_001]}, "schema: is larger than about 100000 characters"),
        ({"allOf": [{"pattern": f"a{n}"} for n in range(101)]}, "schema: has more than 100 patterns"),
        (
            {"unevaluatedProperties": False, "patternProperties": {"a": {}}},
            "schema: cannot use both unevaluatedProperties and",
        ),
        ({"minimum": float("inf")}, "schema.minimum: is a number outside"),
        ({"const": {1, 2}}, "schema.const: is not a JSON value"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused(schema: object, message: str) -> None:
    with pytest.raises(InvalidValidator) as refused:
        build({"type": "json_schema", "schema": schema})
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        ({"$defs": _levels("anyOf", 30), "properties": {"x": {"$ref": "#/$defs/d0"}}}, '{"x": 1}'),
        ({"anyOf": [{"maxLength": 1}] * 2_000}, json.dumps("x" * 500_000)),
        ({"items": {"anyOf": [{"enum": list(range(9))}] * 500}}, json.dumps([1] * 100_000)),
        (
            {"items": {"patternProperties": {"(?:(?:[ab]a?){0,100}){0,10}[xc]": {}}}},
            json.dumps([{"ab" * 900: 1}] * 400),
        ),
    ],
)
def test_endless_work_ends_with_a_verdict(schema: object, answer: str) -> None:
    validator = build({"type": "json_schema", "schema": schema})
    started = time.process_time()
    assert validator.check(answer, "").code == "too_much_to_check"
    assert time.process_time() - started < 20


@pytest.mark.parametrize("draft", [None, DRAFT_7, "https://json-schema.org/draft/2019-09/schema"])
@pytest.mark.parametrize(
    ("schema", "answer"),
    [
        ({"pattern": "^(a+)+$"}, json.dumps("a" * 28 + "!")),
        ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, json.dumps({"a" * 28 + "!": 1})),
        ({"properties": {"x": {"$ref": "#"}}, "pattern": "^(a+)+$"}, json.dumps({"x": "a" * 28 + "!"})),
    ],
)
def test_no_pattern_of_a_schema_reaches_a_backtracking_engine(
    draft: str | None, schema: dict[str, Any], answer: str
) -> None:
    versioned = {"$schema": draft, **schema} if draft else schema
    started = time.process_time()
    assert check(versioned, answer).code == "schema_mismatch"
    assert time.process_time() - started < 20


def test_a_large_ordinary_answer_is_checked_in_full() -> None:
    item = {
        "type": "object",
        "required": ["id", "tags"],
        "properties": {"id": {"type": "integer"}, "tags": {"items": {"type": "string"}}},
    }
    rows: list[dict[str, object]] = [{"id": n, "name": "some words for bulk", "tags": ["a", "b"]} for n in range(3_000)]
    assert check({"items": item}, json.dumps(rows)).code == "ok"
    rows[-1]["id"] = "x"
    assert "$[2999].id" in check({"items": item}, json.dumps(rows)).message


def test_a_long_answer_is_not_repeated_in_the_message() -> None:
    assert len(check({"type": "array"}, json.dumps({"a": "x" * 10_000})).message) < 400


def test_the_callers_schema_is_copied() -> None:
    schema: dict[str, Any] = {"$schema": DRAFT_7, "type": "object"}
    validator = build({"type": "json_schema", "schema": schema})
    assert schema == {"$schema": DRAFT_7, "type": "object"}
    schema["type"] = "array"
    assert validator.check("{}", "").passed
