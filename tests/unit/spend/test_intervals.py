"""Intervals against published examples and tables."""

from decimal import Decimal

import pytest

from model_router.domain.spend.amounts import (
    Interval,
    Sample,
    mean_difference,
    mean_interval,
    share_difference,
    wilson,
)


def sample(*values: str) -> Sample:
    numbers = [Decimal(value) for value in values]
    return Sample(len(numbers), sum(numbers, Decimal(0)), sum((number**2 for number in numbers), Decimal(0)))


@pytest.mark.parametrize(
    ("passed", "number", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3.
        (81, 263, "0.2553", "0.3662"),
        (15, 148, "0.0624", "0.1605"),
        (0, 20, "0.0000", "0.1611"),
        (1, 29, "0.0061", "0.1718"),
    ],
)
def test_wilson_gives_newcombes_published_figures(passed: int, number: int, low: str, high: str) -> None:
    found = wilson(passed, number)
    assert found is not None
    assert (f"{found.low:.4f}", f"{found.high:.4f}") == (low, high)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 873–890, table II, method 10.
        ((56, 70), (48, 80), "0.0524", "0.3339"),
        ((9, 10), (3, 10), "0.1705", "0.8090"),
        ((10, 10), (0, 10), "0.6075", "1.0000"),
    ],
)
def test_the_difference_of_shares_gives_newcombes_published_figures(
    one: tuple[int, int], other: tuple[int, int], low: str, high: str
) -> None:
    ours, theirs = wilson(*one), wilson(*other)
    assert ours is not None
    assert theirs is not None
    found = share_difference(ours, theirs)
    assert (f"{found.low:.4f}", f"{found.high:.4f}") == (low, high)


def test_a_mean_uses_students_quantile() -> None:
    # Eleven values 1…11: mean 6, s² = 11, standard error 1, t(10) = 2.2281.
    found = mean_interval(sample(*(str(value) for value in range(1, 12))))
    assert found is not None
    assert found.value == 6
    assert abs(found.high - Decimal("8.2281")) < Decimal("0.001")


def test_welchs_degrees_of_freedom() -> None:
    # Variances of the mean 1 and 4, ten degrees each: (1 + 4)² / (1/10 + 16/10) = 14.706, t = 2.1352, half = 4.7744.
    ours = sample(*(str(value) for value in range(1, 12)))
    theirs = sample(*(str(2 * value) for value in range(1, 12)))
    found = mean_difference(ours, theirs)
    assert found is not None
    assert found.value == -6
    assert abs((found.high - found.low) / 2 - Decimal("4.7744")) < Decimal("0.003")


def test_too_few_measurements_have_no_interval() -> None:
    assert wilson(0, 0) is None
    assert mean_interval(sample("1")) is None
    assert mean_difference(sample("1"), sample("1", "2")) is None


def test_equal_measurements_differ_by_exactly_what_they_differ_by() -> None:
    assert mean_difference(sample("2", "2"), sample("1", "1")) == Interval(Decimal(1), Decimal(1), Decimal(1))


def test_an_interval_is_kept_to_what_can_be() -> None:
    assert Interval(Decimal("0.5"), Decimal(-1), Decimal(2)).within(0, 1).to_json() == {
        "value": Decimal("0.5"),
        "low": 0,
        "high": 1,
    }
