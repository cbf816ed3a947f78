"""Which number an answer gives as its result, and its range."""

from typing import Any

import pytest

from model_router.domain.validators import build


def is_number(answer: str, value: str | float, **options: Any) -> str:
    """`ok` if the validator reads exactly `value` in the answer, else the code of why not."""
    return build({"type": "number", "min": value, "max": value, **options}).check(answer, "").code


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("42", 42),
        ("-3.5", -3.5),
        ("−7", -7),
        ("+7", 7),
        (".5", 0.5),
        ("0.1", 0.1),
        ("1,234.50", 1234.5),
        ("1,234,567", 1234567),
        ("1'000", 1000),
        ("12\u00a0500", 12500),
        ("6e3", 6000),
        ("$5", 5),
        ("-$5.25", -5.25),
        ("€ 40", 40),
        ("45%", 45),
        ("**42**", 42),
        ("４２", 42),
        ("共42元", 42),
        ("The answer is 42.", 42),
        ("GPT-4 on the 1st run with H2O says 42", 42),
        ("2 + 3 is 5\n#### 5", 5),
        ("Steps 1 and 2.\n\n#### $1,450,000", 1450000),
        ("It follows from 3 and 4 that \\boxed{12} holds in 5 cases.", 12),
        ("6 eggs at $2 each.\nSo 6 * 2 = 12 dollars in total.", 12),
        ("6 eggs at $2 each.\nSo 6 * 2 = $12.", 12),
        ("6 eggs at $2 each.\n6 * 2 = <<6*2=12>>12 dollars", 12),
        ("3 apples and 4 pears.\nThat makes 7 fruits.", 7),
        ("16 - 9 = 7", 7),
    ],
)
def test_the_result_is_read(answer: str, value: float) -> None:
    assert is_number(answer, value) == "ok"


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        ("", "no_number"),
        ("none", "no_number"),
        ("#### none of 3\nx", "not_checked"),
        ("1 2\n#### none", "no_number"),
        ("from 60 to 100 percent\n5 of 7 went", "many_numbers"),
        ("1,5", "unclear_number"),
        ("12.05.2024", "unclear_number"),
        ("3 million", "unclear_number"),
        ("9" * 1_000, "unclear_number"),
    ],
)
def test_text_without_a_number_and_ambiguous_numbers_fail(answer: str, slug: str) -> None:
    code = build({"type": "number"}).check(answer, "").code
    assert code == ("ok" if slug == "not_checked" else slug)


@pytest.mark.parametrize(
    ("answer", "slug"),
    [
        ("42", "ok"),
        ("**$42.**", "ok"),
        ("42 %", "ok"),
        ("It is 42", "not_alone"),
        ("42 eggs", "not_alone"),
        ("1 2", "not_alone"),
    ],
)
def test_alone_allows_nothing_but_the_number(answer: str, slug: str) -> None:
    assert build({"type": "number", "alone": True}).check(answer, "").code == slug


def test_bounds_are_inclusive_and_exact() -> None:
    validator = build({"type": "number", "min": 0.1, "max": 0.3})
    assert validator.check("0.3", "").code == "ok"
    assert validator.check("0.1", "").code == "ok"
    assert validator.check("0.30000000000000004", "").code == "too_large"
    assert validator.check("0.0999999999999999999999", "").code == "too_small"
    assert "at most 0.3" in validator.check("5", "").message


@pytest.mark.parametrize(("answer", "code"), [("42", "ok"), ("42.0", "ok"), ("2.67", "not_whole"), ("6e3", "ok")])
def test_a_count_is_a_whole_number(answer: str, code: str) -> None:
    assert build({"type": "number", "integer": True}).check(answer, "").code == code
