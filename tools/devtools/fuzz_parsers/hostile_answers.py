"""What each validator is tried with, besides the hostile texts: specs, and texts that nearly match these.

A validator that is missing here fails `tests/unit/test_growth_harness.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from devtools.fuzz_parsers.hostile_texts import Text


@dataclass(frozen=True, slots=True)
class Trial:
    """A validator's specs, and further texts by name: each is the answer and the source."""

    specs: Sequence[Mapping[str, Any]]
    texts: Mapping[str, Text] = field(default_factory=dict)


def _values(number: int, length: int) -> list[str]:
    return [f"{'ab ' * (length // 3)}{place}" for place in range(number)]


_SCHEMA = {
    "type": ["object", "array"],
    "items": {"anyOf": [{"type": "string", "pattern": "^(a|b)*c$"}, {"type": "array", "uniqueItems": True}]},
    "uniqueItems": True,
    "patternProperties": {"^k": {"type": "integer", "multipleOf": 3}},
    "additionalProperties": {"enum": list(range(50))},
}

#: By the validator's name.
TRIALS: Mapping[str, Trial] = {
    "one_of": Trial([{"type": "one_of", "labels": ["SPAM", "NOT SPAM", "ß", *_values(190, 150)]}]),
    "regex": Trial(
        [
            {"type": "regex", "pattern": "(a|b|ab)*c"},
            {"type": "regex", "pattern": "([a-z ]+)*[0-9]{1,50}$", "full": True},
        ]
    ),
    "json": Trial([{"type": "json"}]),
    "json_schema": Trial(
        [
            {"type": "json_schema", "schema": _SCHEMA},
            {"type": "json_schema", "schema": {"type": "array", "uniqueItems": True}},
        ],
        {
            "an array of objects": lambda size: "[" + ",".join(f'{{"a":{n}}}' for n in range(size // 9)) + "]",
            "an array of arrays": lambda size: "[" + ",".join(f"[{n},1]" for n in range(size // 8)) + "]",
            "an array of fractions": lambda size: "[" + ",".join(f"{n}.5" for n in range(size // 7)) + "]",
            "a key that is repeated": lambda size: "{" + ",".join(['"k":1'] * (size // 6)) + "}",
        },
    ),
    "length": Trial([{"type": "length", "min": 1, "max": 9}]),
    "contains": Trial(
        [
            {"type": "contains", "values": _values(50, 480)},
            {"type": "contains", "values": ["a", "é", "the end", "\u0301", "a" * 400 + "b"]},
        ],
        {"near matches of a value": lambda size: "ab " * (size // 3)},
    ),
    "not_contains": Trial(
        [
            {"type": "not_contains", "values": _values(50, 480)},
            {"type": "not_contains", "values": ["xyz", "é", "the end", "a" * 400 + "b"], "whole_words": False},
        ],
        {"near matches of a value": lambda size: "ab " * (size // 3)},
    ),
    "number": Trial([{"type": "number", "min": 1, "max": 9}, {"type": "number", "alone": True, "integer": True}]),
    "quotes_source": Trial(
        [{"type": "quotes_source"}, {"type": "quotes_source", "require": False, "ignore": ["a"]}],
        {
            "quotations of one letter": lambda size: '"a" "b" "c" ' * (size // 12),
            "quoted lines that differ": lambda size: "\n".join(f"> line {n} of it" for n in range(size // 16)),
            "quotations with omissions": lambda size: '"' + "a … " * (size // 4) + '"',
            "quotations that are not there": lambda size: " ".join(f'"{"ab " * 20}{n}"' for n in range(size // 70)),
        },
    ),
    "arithmetic": Trial([{"type": "arithmetic"}, {"type": "arithmetic", "require": True, "max_unused": 0}]),
    "code_parses": Trial(
        [{"type": "code_parses", "language": language} for language in ("python", "json")],
    ),
    "sql_parses": Trial(
        [{"type": "sql_parses"}, {"type": "sql_parses", "schema": "CREATE TABLE a (a int); CREATE TABLE t (a int);"}],
        {
            "a join of one table": lambda size: f"SELECT * FROM a {'JOIN a ' * (size // 7)}",
            "conditions": lambda size: f"SELECT * FROM a WHERE {'a=1 OR ' * (size // 7)}1",
            "common table expressions that end": lambda size: (
                "WITH " + ",".join(f"c{n} AS (SELECT 1)" for n in range(size // 18)) + " SELECT 1"
            ),
            "rows of values": lambda size: f"INSERT INTO a VALUES {','.join(['(1)'] * (size // 4))}",
        },
    ),
    "language": Trial([{"type": "language", "languages": ["en", "de", "ja"]}]),
    "citations": Trial(
        [
            {"type": "citations"},
            {"type": "citations", "from_source": True},
            {"type": "citations", "allowed": [f"[{n}]" for n in range(1, 200)]},
        ],
        {
            "ranges": lambda size: "[1-9, 3] " * (size // 9),
            "long lists": lambda size: "[" + "1," * (size // 2) + "1]",
            "long names": lambda size: f"({'Van Der ' * (size // 8)}2020)",
        },
    ),
    "like_example": Trial(
        [
            {"type": "like_example", "example": '{"a": [{"b": 1}], "c": "d"}'},
            {"type": "like_example", "example": "Name: x\nAge: 3"},
            {"type": "like_example", "example": "- a\n- b\n"},
        ]
    ),
    # It asks a function of the operator's; only its message is made here.
    "lambda": Trial([{"type": "lambda", "function": "stack-validator-a"}]),
}
