from decimal import Decimal

import pytest

from model_router.adapters.report_pages.parts.formats import Kind, exact, money_tick, share_tick, shown


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("27000", "money", "$27,000.00"),
        ("1", "money", "$1.00"),
        ("0.25", "money", "$0.25"),
        ("0.1234", "money", "$0.12"),
        ("0.0123456", "money", "$0.0123"),
        ("0.01", "money", "$0.01"),
        ("0.09999", "money", "$0.10"),
        ("0.0042", "money", "$0.0042"),
        ("0.0000031", "money", "$0.0000031"),
        ("0", "money", "$0.00"),
        ("-3.1", "money", "−$3.10"),
        ("48000", "signed_money", "+$48,000.00"),
        ("-0.5", "signed_money", "−$0.50"),
        ("0", "signed_money", "$0.00"),
        ("0.64", "share", "64.0%"),
        ("56.833", "share", "5,683%"),
        ("0.0000001", "share", "<0.1%"),
        ("0", "share", "0.0%"),
        ("-0.125", "signed_share", "−12.5%"),
        ("0.031", "signed_share", "+3.1%"),
        ("0.012", "points", "+1.2 pts"),
        ("-0.07", "points", "−7.0 pts"),
        ("0.0001", "points", "±0.0 pts"),
        ("1234567", "count", "1,234,567"),
        ("412", "milliseconds", "412 ms"),
        ("0.42", "milliseconds", "0.4 ms"),
        ("4711", "milliseconds", "4.7 s"),
        ("0.875", "score", "0.88"),
    ],
)
def test_figures_read_as_people_write_them(value: str, kind: Kind, text: str) -> None:
    assert shown(Decimal(value), kind) == text


def test_no_figure_is_a_dash_and_never_a_zero() -> None:
    kinds: tuple[Kind, ...] = ("money", "share", "count", "milliseconds", "score", "text")
    assert {shown(None, kind) for kind in kinds} == {"–"}


def test_a_truth_value_is_not_a_number() -> None:
    assert shown(True, "count") == "–"


def test_the_exact_value_keeps_every_digit_and_no_exponent() -> None:
    assert exact(Decimal("0.000000123456789")) == "0.000000123456789"
    assert exact(Decimal("1E+3")) == "1000"
    assert exact(Decimal("2.5000")) == "2.5"
    assert exact(Decimal("-0.0")) == "0"
    assert exact(0.1) == "0.1"


def test_ticks_are_short() -> None:
    assert [money_tick(Decimal(tick)) for tick in ("0", "20", "2.5", "0.5", "0.0050", "27000")] == [
        "$0", "$20", "$2.50", "$0.50", "$0.005", "$27,000",
    ]  # fmt: skip
    assert [share_tick(Decimal(tick)) for tick in ("0", "0.025", "1", "-0.1")] == ["0%", "2.5%", "100%", "−10%"]
