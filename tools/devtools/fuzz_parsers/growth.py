"""How the processor time of a piece of work grows with its input: no faster than n log n, or there is a fault.

Times are the process's own, so what else the machine does matters little. A time is compared only where it is well
above the noise, and a suspicion is measured again before it counts.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import log

Work = Callable[[], object]
Clock = Callable[[], float]
"""Seconds of processor time."""

#: A shorter time says nothing about growth: it is extrapolated to less than a second for the largest body.
_NOISE_SECONDS = 0.008
#: Inputs that are compared differ by this factor. Quadratic work then takes 16 times as long, n log n about 5 times.
FACTOR = 4
#: How much more than n log n is allowed: memory grows out of the processor's caches, collections out of their sizes.
_TOLERANCE = 1.8
_SUSPICIONS = 3


@dataclass(frozen=True, slots=True)
class Case:
    """A stage and a kind of hostile input. `prepare` makes the input of about `size` characters and gives the work."""

    stage: str
    input: str
    prepare: Callable[[int], Work]
    #: The largest size that can occur, and the most seconds that it may take, or None for no limit.
    largest: int
    most_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.stage}: {self.input}"


def growth_fault(case: Case, size: int, clock: Clock = time.process_time) -> str | None:
    """What is wrong with the growth up to `size`, or None.

    Work that is quadratic up to a bound is not at fault: what is suspected must go on up to the next larger size.
    """
    fault = _suspicion(case, size, clock)
    if fault is None or size * FACTOR > case.largest:
        return fault
    return _suspicion(case, size * FACTOR, clock)


def _suspicion(case: Case, size: int, clock: Clock) -> str | None:
    large = _seconds(case.prepare(size), clock)
    if large < _NOISE_SECONDS:
        return None
    # An interruption of the large input can only raise a false suspicion, so it is first measured once.
    small = _best_seconds(case.prepare(size // FACTOR), clock, times=2)
    for _ in range(_SUSPICIONS):
        if large < _NOISE_SECONDS or large <= small * _most_growth(size):
            return None
        small, large = (_best_seconds(case.prepare(characters), clock) for characters in (size // FACTOR, size))
    if large <= small * _most_growth(size):
        return None
    return f"{case}: {small:.4f} s for {size // FACTOR:,} characters, {large:.4f} s for {size:,}"


def largest_fault(case: Case, clock: Clock = time.process_time) -> str | None:
    """What is wrong with the growth up to the largest input, or that this takes too long; or None."""
    sizes = [case.largest // FACTOR**step for step in (3, 2, 1, 0)]
    for size in sizes:
        if fault := growth_fault(case, size, clock):
            return fault
    if case.most_seconds is None:
        return None
    seconds = _seconds(case.prepare(case.largest), clock)
    if seconds > case.most_seconds:
        seconds = _best_seconds(case.prepare(case.largest), clock)
    return f"{case}: {seconds:.2f} s for {case.largest:,} characters" if seconds > case.most_seconds else None


def _most_growth(size: int) -> float:
    return FACTOR * log(size) / log(size / FACTOR) * _TOLERANCE


def _best_seconds(work: Work, clock: Clock, times: int = 3) -> float:
    return min(_seconds(work, clock) for _ in range(times))


def _seconds(work: Work, clock: Clock) -> float:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        work()
        return clock() - start
    finally:
        if was_enabled:
            gc.enable()
