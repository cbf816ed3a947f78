"""The harness that measures growth finds what grows too fast, and only that. Its clock is set by the work itself."""

from collections.abc import Callable
from functools import lru_cache
from math import log

import pytest

from devtools.fuzz_parsers import growth
from devtools.fuzz_parsers.growth import Case, growth_fault, largest_fault
from devtools.fuzz_parsers.hostile_answers import TRIALS
from model_router.domain.requests import session
from model_router.domain.validators import VALIDATORS

LARGEST = 1_000_000


class WorkClock:
    """Processor time that passes as `seconds` says for a size, and now and then far more."""

    def __init__(self, seconds: Callable[[int], float], slow_every: int = 0) -> None:
        self._seconds = seconds
        self._slow_every = slow_every
        self._works = 0
        self._now = 0.0

    def __call__(self) -> float:
        return self._now

    def case(self, most_seconds: float | None = None) -> Case:
        return Case("stage", "input", lambda size: lambda: self.work(size), LARGEST, most_seconds)

    def work(self, size: int) -> None:
        self._works += 1
        slow = self._slow_every and self._works % self._slow_every == 0
        self._now += self._seconds(size) * (20 if slow else 1)


def linear(size: int) -> float:
    return size * 5e-7


def quadratic(size: int) -> float:
    return size * size * 1e-10


@pytest.mark.parametrize("slow_every", [0, 2, 3])
@pytest.mark.parametrize("seconds", [linear, lambda size: size * log(size) * 4e-8, lambda _: 0.5, lambda _: 0.0])
def test_what_grows_no_faster_than_n_log_n_passes_also_when_it_is_interrupted(
    seconds: Callable[[int], float], slow_every: int
) -> None:
    clock = WorkClock(seconds, slow_every)
    assert growth_fault(clock.case(), LARGEST, clock) is None
    assert largest_fault(clock.case(1.0), clock) is None


@pytest.mark.parametrize("slow_every", [0, 2, 3])
@pytest.mark.parametrize("seconds", [quadratic, lambda size: size**1.6 * 1e-7, lambda size: 2.0 ** (size / 5e4)])
def test_what_grows_faster_is_a_fault(seconds: Callable[[int], float], slow_every: int) -> None:
    clock = WorkClock(seconds, slow_every)
    assert "stage: input" in (growth_fault(clock.case(), LARGEST, clock) or "")
    assert largest_fault(clock.case(), clock)


def memory_that_slows_down(size: int) -> float:
    """Copying takes four times as long per character where the copy leaves the processor's caches."""
    return linear(size) * (4 if size > LARGEST / 2 else 1)


@pytest.mark.parametrize("slow_every", [0, 3])
def test_work_may_slow_down_as_a_copy_of_memory_does(slow_every: int) -> None:
    clock = WorkClock(memory_that_slows_down, slow_every)
    assert largest_fault(clock.case(), clock)
    assert largest_fault(clock.case(), clock, clock.case().prepare) is None


@pytest.mark.parametrize("slow_every", [0, 3])
@pytest.mark.parametrize("seconds", [quadratic, lambda size: quadratic(size) + linear(size) / 100])
def test_quadratic_work_is_a_fault_however_much_memory_slows_down(
    seconds: Callable[[int], float], slow_every: int
) -> None:
    clock, memory = WorkClock(seconds, slow_every), WorkClock(memory_that_slows_down)
    assert largest_fault(clock.case(), lambda: clock() + memory(), memory.case().prepare)


def test_quadratic_work_is_found_though_its_results_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = WorkClock(quadratic)
    remembered = lru_cache(maxsize=64)(clock.work)
    monkeypatch.setattr(session, "remembered", remembered, raising=False)
    growth._caches.cache_clear()
    case = Case("stage", "input", lambda size: lambda: remembered(size), LARGEST)
    try:
        assert largest_fault(case, clock)
    finally:
        growth._caches.cache_clear()


def test_work_that_is_quadratic_up_to_a_bound_passes() -> None:
    clock = WorkClock(lambda size: min(size, 60_000) ** 2 * 1e-10 + linear(size))
    assert growth_fault(clock.case(), 60_000, clock) is None
    clock = WorkClock(quadratic)
    assert growth_fault(clock.case(), 60_000, clock)


def test_linear_work_that_takes_too_long_for_the_largest_input_is_a_fault() -> None:
    clock = WorkClock(linear)
    assert largest_fault(clock.case(0.4), clock) == "stage: input: 0.50 s for 1,000,000 characters"


def test_every_validator_has_hostile_inputs_for_its_own_specs() -> None:
    assert set(TRIALS) == set(VALIDATORS)
    assert all(spec["type"] == name for name, trial in TRIALS.items() for spec in trial.specs)
    assert all(trial.specs for trial in TRIALS.values())
