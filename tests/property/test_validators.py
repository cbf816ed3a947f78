"""Whatever the text: no validator raises, each says the same twice, and each ends soon."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_router.domain.answers.judgement import judge
from model_router.domain.validators import VALIDATORS, Budget, InvalidValidator, Validator, Verdict, build

EVIL = "(?:(?:a+)+|(?:a|aa)+)+$"
TREE = {
    "$defs": {"node": {"properties": {"k": {"items": {"$ref": "#/$defs/node"}}}, "unevaluatedProperties": False}},
    "anyOf": [
        {"$ref": "#/$defs/node"},
        {"type": "string", "pattern": EVIL},
        {"multipleOf": 0.1},
        {"uniqueItems": True},
    ],
}
SPECS: list[dict[str, Any]] = [
    {"type": "one_of", "labels": ["SPAM", "NOT_SPAM", "*"]},
    {"type": "regex", "pattern": EVIL},
    {"type": "regex", "pattern": r"(?s).*\pL+.", "full": True},
    {"type": "json"},
    {"type": "json_schema", "schema": TREE},
    {"type": "json_schema", "schema": {"additionalProperties": {"patternProperties": {EVIL: False}}}},
    {"type": "length", "min": 1, "max": 10},
    {"type": "contains", "values": ["a", "–", "é\u0301"]},
    {"type": "not_contains", "values": ["a b", "\ufb01"], "whole_words": False},
    {"type": "number", "min": -5, "max": 5.5},
    {"type": "number", "alone": True},
    {"type": "quotes_source"},
    {"type": "quotes_source", "require": False, "ignore": ["a"]},
    {"type": "number", "integer": True},
    {"type": "arithmetic"},
    {"type": "arithmetic", "require": True, "max_unused": 1},
    {"type": "code_parses", "language": "python"},
    {"type": "code_parses", "language": "json"},
    {"type": "sql_parses"},
    {"type": "sql_parses", "schema": "CREATE TABLE a (b INTEGER)"},
    {"type": "language", "languages": ["en"]},
    {"type": "language", "languages": ["ja", "de"]},
    {"type": "citations"},
    {"type": "citations", "min": 0, "allowed": ["1", "Smith 2020", "https://example.org"], "from_source": True},
    {"type": "like_example", "example": '{"a": [{"b": 1}], "c": null}'},
    {"type": "like_example", "example": "Label: a\nReason: b"},
    {"type": "like_example", "example": "- a\n- b"},
    {"type": "like_example", "example": "2024-01-31"},
    {"type": "lambda", "function": "stack-validator-a"},
    {"type": "lambda", "function": "stack-validator-a", "on_failure": "fail"},
]
VALIDATORS_BUILT = tuple(build(spec) for spec in SPECS)

#: Any code point, lone surrogates and NUL included; and text made of what the validators look at.
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))
PIECES = st.sampled_from(
    [
        '"',
        "“",
        "”",
        "«",
        "»",
        "„",
        "> ",
        "\n",
        "\n\n",
        "…",
        "[...]",
        "```json\n",
        "```",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        ".",
        "-",
        "$",
        "%",
        "####",
        "\\boxed{",
        "=",
        "<<",
        ">>",
        "1",
        "1,234",
        "1e999",
        "٣",
        "４",
        "a",
        "aa",
        " ",
        "̀",
        "̕",
        "�",
        "�",
        "\x00",
        "\ufeff",
        "NaN",
        "null",
        '"a":',
        "SPAM",
        "*",
        "_",
        "million",
        "st",
        "ᄀ",
        "ﷺ",
        "12*3 = 36",
        " * ",
        " / ",
        "%",
        "(",
        ")",
        " of ",
        "^",
        "\\frac{1}{2}",
        "≈",
        ">>> ",
        "def a():",
        "    ",
        "SELECT b FROM a",
        ";",
        "'",
        "--",
        "[1]",
        "(Smith, 2020)",
        "https://example.org/a",
        "the and of",
        "Label: ",
        "- ",
        "日本",
    ]
)
TEXT = st.one_of(ANY_TEXT, st.lists(PIECES, max_size=40).map("".join))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=20,
)


def built_or_refused(spec: object) -> Validator | InvalidValidator:
    try:
        return build(spec)
    except InvalidValidator as error:
        return error


def test_every_validator_is_tested() -> None:
    assert {validator.type for validator in VALIDATORS_BUILT} == set(VALIDATORS)


@pytest.mark.parametrize("validator", VALIDATORS_BUILT, ids=lambda made: made.type)
@settings(deadline=None)
@given(answer=TEXT, source=TEXT)
def test_no_validator_raises_on_any_text_and_verdicts_are_repeatable(
    validator: Validator, answer: str, source: str
) -> None:
    verdict = validator.check(answer, source)
    assert isinstance(verdict, Verdict)
    assert verdict.code not in {"ok", "undecided"} or verdict.passed
    assert verdict.passed == (verdict.code == "ok") or not verdict.checked
    assert verdict.code.replace("_", "").isalpha()
    assert verdict.code.isascii()
    assert len(verdict.message) < 6_000
    assert validator.check(answer, source) == verdict


@settings(deadline=None)
@given(value=JSON)
def test_no_validator_raises_on_any_json(value: object) -> None:
    answer = json.dumps(value)
    for validator in VALIDATORS_BUILT:
        assert validator.check(answer, answer).type == validator.type


@settings(deadline=None)
@given(pattern=TEXT.filter(bool))
def test_any_pattern_is_built_or_refused_and_never_raises_on_text(pattern: str) -> None:
    made = built_or_refused({"type": "regex", "pattern": pattern})
    if isinstance(made, InvalidValidator):
        assert made.path == "pattern"
    else:
        assert made.check(pattern, "").code in {"ok", "no_match", "too_much_to_check"}


KEYWORDS = st.sampled_from(
    [
        "type",
        "properties",
        "items",
        "$ref",
        "$id",
        "$schema",
        "$defs",
        "allOf",
        "anyOf",
        "not",
        "if",
        "enum",
        "const",
        "pattern",
        "patternProperties",
        "additionalProperties",
        "multipleOf",
        "required",
        "uniqueItems",
        "$dynamicRef",
        "$anchor",
        "contains",
    ]
)
VALUES = st.sampled_from(
    ["string", "object", "#", "#/$defs/a", "#/items", "a", EVIL, "(?=a)", 0, 1, 0.1, -1, True, False, None]
)
SCHEMAS = st.recursive(
    VALUES | st.dictionaries(KEYWORDS, VALUES, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYWORDS | st.just("a"), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(schema=SCHEMAS, answer=JSON)
def test_any_schema_is_built_or_refused_and_never_raises_on_json(schema: object, answer: object) -> None:
    made = built_or_refused({"type": "json_schema", "schema": schema})
    if isinstance(made, InvalidValidator):
        assert made.path.startswith("schema")
    else:
        assert made.check(json.dumps(answer), "").type == "json_schema"


@settings(deadline=None)
@given(
    spec=st.recursive(
        VALUES, lambda inner: st.dictionaries(st.sampled_from(["type", "labels", "values", "min"]), inner)
    )
)
def test_any_spec_is_built_or_refused(spec: object) -> None:
    for name in VALIDATORS:
        candidate = {**spec, "type": name} if isinstance(spec, dict) else spec
        made = built_or_refused(candidate)
        assert str(made) if isinstance(made, InvalidValidator) else made.type == name


HUGE = ["a" * 1_000_000, "1" * 1_000_000, "1," * 400_000, '"' * 500_001, "[" * 500_000, "“" * 500_000, "> \n" * 200_000]
HUGE += [
    "\u0315\u0300" * 250_000,
    "\ud800" * 500_000,
    "\x00" * 500_000,
    "\ufdfa" * 50_000,
    '{"a":' * 200_000,
    "-" * 500_000,
    "1+" * 300_000 + "1 = 2",
    "(" * 300_000 + "= 1",
    "1 = " * 200_000,
    "\n".join(["9^40 * 9^40 = 1"] * 30_000),
    "2 ** 3 " * 100_000 + "= 1",
    "[1," * 200_000,
    "(a " * 200_000 + "2020)",
    "https://" * 100_000,
    "```sql\n" + "SELECT ';" * 5_000,
    "SELECT " + "(" * 20_000,
    "[" * 49_000,
    "a AS (" * 8_000,
    ") as (" * 8_000,
    "not " * 20_000 + "a",
    "```\n" * 200_000,
    "a: b\n" * 150_000,
    "- a\n" * 150_000,
]


@pytest.mark.parametrize("validator", VALIDATORS_BUILT, ids=lambda made: made.type)
def test_huge_hostile_texts_are_judged_in_seconds(validator: Validator) -> None:
    for text in HUGE:
        started = time.process_time()
        assert validator.check(text, text).type == validator.type
        assert time.process_time() - started < 20


@pytest.mark.parametrize("text", HUGE, ids=lambda text: f"{text[:8]!a}x{len(text)}")
def test_the_validators_of_one_answer_share_a_second_of_processor_time(text: str) -> None:
    answer = {"content": [{"type": "text", "text": text}], "stop_reason": "end_turn"}
    started = time.thread_time()
    budget = Budget(lambda: 1.0 - (time.thread_time() - started))
    judgement = judge(answer, VALIDATORS_BUILT, (), text, budget)
    assert time.thread_time() - started < 2.0
    assert len(judgement.verdicts) == len(VALIDATORS_BUILT)
    assert not judgement.bugs
