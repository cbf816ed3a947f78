"""quotes_source: what counts as quoted or extracted, and as standing in the source."""

import json
import time
from typing import Any

import pytest

from model_router.domain.validators import build

SOURCE = """Dear team, the “Blue  Line” failed at 9:15 on 3 May.
We paid €1,234.50 for it — don't ask. The café's owner, Zoë Müller, said: 'never again'."""


def code(answer: str, source: str = SOURCE, **options: Any) -> str:
    return build({"type": "quotes_source", **options}).check(answer, source).code


@pytest.mark.parametrize(
    "answer",
    [
        'They say "the blue line failed".',
        "They say “never again.”",
        "«ZOË MÜLLER» said so.",
        "„the café's owner“",
        "As they write:\n\n> We paid €1,234.50\n> for it - don’t ask.\n\nIndeed.",
        '"Dear team, … failed at 9:15" and "the café\'s owner [...] never again"',
        'He is 6\' 2" tall and "never again" late.'.replace('2" ', "2 "),
    ],
)
def test_quotations_in_the_source_pass(answer: str) -> None:
    assert code(answer) == "ok"


@pytest.mark.parametrize(
    "answer",
    [
        'They say "the red line failed".',
        '"never again" and “once more”',
        "> We paid €1,234.50\n> for that",
        '"Dear team, … failed at noon"',
        '"he tea"',
    ],
)
def test_a_quotation_that_is_not_in_the_source_fails(answer: str) -> None:
    assert code(answer) == "not_in_source"


def test_the_message_names_what_is_missing() -> None:
    message = build({"type": "quotes_source"}).check('"never again" and "once more"', SOURCE).message
    assert '"once more"' in message
    assert "never again" not in message


def test_prose_without_a_quotation_fails_unless_allowed() -> None:
    assert code("They complain.") == "nothing_quoted"
    assert code("") == "nothing_quoted"
    assert code('An "open quotation') == "nothing_quoted"
    assert code("They complain.", require=False) == "ok"


@pytest.mark.parametrize(
    ("value", "slug"),
    [
        ({"name": "Zoe\u0308 Müller", "line": "blue line"}, "ok"),
        ({"price": 1234.5}, "ok"),
        ({"price": "1234.50"}, "ok"),
        ({"price": "$1,234.5"}, "ok"),
        ({"price": -1234.5}, "ok"),
        ({"day": 3, "hour": 9, "minute": 15}, "ok"),
        ({"price": 1234}, "not_in_source"),
        ({"day": 5}, "not_in_source"),
        ([{"deep": ["Zoë", {"x": "Zack"}]}], "not_in_source"),
        ({"name": "Zo"}, "not_in_source"),
        ({"name": None, "paid": True, "note": ""}, "ok"),
        ({}, "ok"),
    ],
)
def test_every_string_and_number_of_a_json_answer_must_be_in_the_source(value: object, slug: str) -> None:
    assert code(json.dumps(value)) == slug
    assert code(f"```json\n{json.dumps(value, ensure_ascii=False)}\n```") == slug


def test_values_under_an_ignored_key_are_not_checked() -> None:
    answer = json.dumps({"category": {"name": "complaint"}, "who": "Zoë Müller"})
    assert code(answer) == "not_in_source"
    assert code(answer, ignore=["category"]) == "ok"


def test_a_source_of_a_megabyte_is_searched_in_bounded_time() -> None:
    source = "The quick brown fox costs 1,234.50 dollars at noon. " * 20_000
    answer = json.dumps({"what": "quick brown fox", "price": 1234.5, "values": [f"x{n}" for n in range(100)]})
    started = time.process_time()
    assert code(answer, source) == "not_in_source"
    assert time.process_time() - started < 20


def test_thousands_of_values_are_searched_in_a_long_source() -> None:
    values = [f"word{n} word{n + 1}" for n in range(4_000)]
    source = " ".join(f"word{n}" for n in range(100_000))
    assert code(json.dumps(values), source) == "ok"
    assert code(json.dumps([*values, "word3 word5"]), source) == "not_in_source"
