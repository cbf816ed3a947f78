"""Percentiles from fixed buckets: within one percent, and exact where buckets are a millisecond wide."""

import random

import pytest

from model_router.domain.spend.totals.latency import Latencies


def of(*milliseconds: int) -> Latencies:
    found = Latencies()
    for value in milliseconds:
        found.add(value)
    return found


def test_percentiles_below_a_tenth_of_a_second_are_exact() -> None:
    assert of(*range(100)).percentile(50) == 49
    assert of(*range(100)).percentile(95) == 94
    assert of(7).percentile(50) == 7


@pytest.mark.parametrize("seed", range(5))
def test_percentiles_are_within_one_percent(seed: int) -> None:
    values = [int(random.Random(seed).lognormvariate(7, 2)) + index for index in range(1000)]
    for percent in (5, 50, 95, 99):
        exact = sorted(values)[percent * 10 - 1]
        found = of(*values).percentile(percent)
        assert found is not None
        assert abs(found - exact) <= exact * 0.01 + 0.5


def test_nothing_has_no_percentile() -> None:
    assert of().percentile(50) is None


def test_an_hour_and_more_is_counted_in_the_last_bucket() -> None:
    assert of(10**9).count == 1
    assert (of(10**9).percentile(50) or 0) >= 3_600_000


def test_json_reads_back_equal() -> None:
    found = of(0, 1, 99, 100, 101, 5000, 900_000, 10**8)
    assert Latencies.from_json(found.to_json()) == found
