"""Which equations are computed again, and which are left alone."""

from typing import Any

import pytest

from model_router.domain.validators import InvalidValidator, build


def code(answer: str, source: str = "", **options: Any) -> str:
    return build({"type": "arithmetic", **options}).check(answer, source).code


@pytest.mark.parametrize(
    "answer",
    [
        "12*3 = 36",
        "So 7 × 8 = 56, and 56 ÷ 8 = 7.",
        "Each costs 48/2 = <<48/2=24>>24 dollars.",
        "2 + 3 = 4 + 1 = 5",
        "$1,200 + $300.50 = $1,500.50",
        "20% of 50 = 10",
        "50 * 20% = 10",
        "10 / 50 = 20%",
        "10 / 3 = 3.33",
        "10 / 3 = 3.3333333333333335",
        "2 / 3 ≈ 0.67",
        "80 / 75 = 2 trucks, rounded up",
        "-3 + 5 = 2",
        "(2 + 3) * (4 - 1) = 15",
        "2^10 = 1024 and 2**3 = 8",
        r"\( \frac{3}{4} \times 100 = 75 \)",
        "**12 + 5 = 17**",
        "- 3 + 4 = 7 (a list item, not minus three)",
        "1. 3 + 4 = 7",
        "5 x $20 = $100",
        "1/5 of 30 = 6 marbles",
        "20 (from Ann) + 30 (from Bob) = 50",
        "96 - 6 = 90 / 3 = 30",
        "4 + 2 = 6 rides x 6 tickets",
        "2 + 2 = 4 boxes at 12 each",
    ],
)
def test_right_equations_pass(answer: str) -> None:
    assert code(answer) == "ok"


@pytest.mark.parametrize(
    "answer",
    [
        "12*3 = 35",
        "First 2 + 2 = 4. Then 4 × 5 = 25.",
        "It is <<48/2=23>>23.",
        "2 + 3 = 5 = 3 + 3",
        "$1,200 + $300 = $1,600",
        "20% of 50 = 15",
        "1/5 of 30 = 5",
        "7 / 2 = 4.5",
        "2 + 3 * 4 = 20",
        "(2 + 3) * 4 = 14",
        "a total of 8 + 12 = 21",
        r"\( 3 \times 4 = 13 \)",
        r"\( 10 / 3 \approx 5 \)",
        "100 - 37 = 73 apples",
    ],
)
def test_wrong_equations_fail(answer: str) -> None:
    assert code(answer) == "wrong_equation"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "The answer is 42.",
        "3x + 5 = 20, so 3x = 15 and x = 5",
        "2S + S = 90",
        "Let n = 7.",
        "8 feet = 8 * 12 inches",
        "2 x 1 hour = 120 minutes",
        "3 dozen + 4 = 40",
        "At 7:30 = half past seven",
        "if a == 3 * 2: b <= 5 * 1",
        "y = 2 ^ 999999999",
        "1/0 = 5",
        "twice 5 + 3 = 13",
        "5 hours x $20 = $90",
        "2 1/2 * 4 = 11",
        "x - 3 + 4 = 9",
        "(2 + n) - 3 + 1 = 9",
        "3 + 4 = 7n",
        "n5 + 3 = 9",
        "6 * 6000 = 36 thousand",
        r"1000 * 2 = 1000 \* 2",
    ],
)
def test_other_text_is_undecided(answer: str) -> None:
    verdict = build({"type": "arithmetic"}).check(answer, "")
    assert (verdict.passed, verdict.checked, verdict.code) == (True, False, "undecided")


def test_an_equation_can_be_required() -> None:
    assert code("It is 42.", require=True) == "no_equation"
    assert code("6 * 7 = 42", require=True) == "ok"


def test_the_tolerance_applies_to_rounded_operands_and_not_to_whole_numbers() -> None:
    assert code("3.0 * 4.0 = 12.01") == "ok"
    assert code("3.0 * 4.0 = 12.01", tolerance=0) == "wrong_equation"
    assert code("1000 + 1 = 1000", tolerance=0.5) == "wrong_equation"


def test_max_unused_limits_the_numbers_of_the_source_that_the_answer_omits() -> None:
    source = "Ann has 12 apples, buys 30 more at $2 each and eats 5."
    assert code("12 + 30 = 42", source) == "ok"
    assert code("12 + 30 = 42", source, max_unused=1) == "unused_numbers"
    assert code("12 + 30 = 42 at $2", source, max_unused=1) == "ok"


def test_the_message_names_the_wrong_equation() -> None:
    assert '"2 * 3 = 7" is not right' in build({"type": "arithmetic"}).check("So 2 * 3 = 7 boxes.", "").message


@pytest.mark.parametrize("options", [{"tolerance": -1}, {"tolerance": 2}, {"max_unused": -1}, {"round": True}])
def test_invalid_fields_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidValidator):
        build({"type": "arithmetic", **options})
