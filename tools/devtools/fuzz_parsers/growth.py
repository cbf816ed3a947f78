"""How the processor time of a piece of work grows with its input: no faster than n log n, or there is a fault.

Times are the process's own, so what else the machine does matters little. A time is compared only where it is well
above the noise, and a suspicion is measured again before it counts. Copying a dictionary, which is linear, may grow
faster than n log n where the dictionary leaves the processor's caches: work may grow as that does in the same run.
"""

import ctypes
import gc
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import _lru_cache_wrapper, cache
from math import log

Work = Callable[[], object]
Prepare = Callable[[int], Work]
"""Makes an input of about so many characters, and gives the work."""
Clock = Callable[[], float]
"""Seconds of processor time."""

#: A shorter time says nothing about growth: it is extrapolated to less than a second for the largest body.
_NOISE_SECONDS = 0.008
#: Inputs that are compared differ by this factor. Quadratic work then takes 16 times as long, n log n about 5 times.
FACTOR = 4
#: How much more is allowed: collections grow out of their sizes.
_TOLERANCE = 1.8
_SUSPICIONS = 3
#: From the smallest to the largest input, each `FACTOR` times as long as the one before.
_STEPS = 4
#: Options of glibc's `mallopt`: free memory above this is returned; larger blocks have pages of their own.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


@dataclass(frozen=True, slots=True)
class Case:
    """A stage and a kind of hostile input."""

    stage: str
    input: str
    prepare: Prepare
    #: The largest size that can occur, and the most seconds that it may take, or None for no limit.
    largest: int
    most_seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.stage}: {self.input}"


def copied_dictionary(size: int) -> Work:
    """Linear work that depends on the memory as no other does: the copy of a JSON object of `size` characters."""
    fields = json.loads("{" + ",".join(f'"field_{number}":{number}' for number in range(size // 18 + 1)) + "}")
    return lambda: dict(fields)


def keep_free_memory() -> None:
    """Lets this process keep the memory that it frees, so that measured work does not wait for new pages.

    The kernel clears each page that it gives out, and glibc gives back every block of more than 32 MB: linear work
    would take more time per character from there on. Does nothing without glibc.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        for option in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            mallopt(option, 2**31 - 1)


def growth_fault(
    case: Case,
    size: int,
    clock: Clock = time.process_time,
    reference: Prepare = copied_dictionary,
) -> str | None:
    """What is wrong with the growth up to `size`, or None.

    Work that is quadratic up to a bound is not at fault: what is suspected must go on up to the next larger size.
    """
    fault = _suspicion(case, size, clock, reference)
    if fault is None or size * FACTOR > case.largest:
        return fault
    return _suspicion(case, size * FACTOR, clock, reference)


def _suspicion(case: Case, size: int, clock: Clock, reference: Prepare) -> str | None:
    large = _seconds(case.prepare(size), clock)
    if large < _NOISE_SECONDS:
        return None
    # An interruption of the large input can only raise a false suspicion, so it is first measured once.
    small = _best_seconds(case.prepare(size // FACTOR), clock, times=2)
    for _ in range(_SUSPICIONS):
        if not _is_suspicious(small, large, size):
            return None
        if _is_due_to_memory(case.prepare, reference, size, clock):
            return None
        small, large = (_best_seconds(case.prepare(characters), clock) for characters in (size // FACTOR, size))
    return f"{case}: {small:.4f} s for {size // FACTOR:,} characters, {large:.4f} s for {size:,}"


def _is_suspicious(small: float, large: float, size: int) -> bool:
    return large >= _NOISE_SECONDS and large > small * _most_growth(size, FACTOR)


def _is_due_to_memory(work: Prepare, reference: Prepare, size: int, clock: Clock) -> bool:
    """Whether the reference grows faster than n log n too, and the work about as it does.

    Over one `FACTOR` memory may become as much slower as quadratic work does. Over two it becomes far less so.
    """
    factor = FACTOR**2
    small, large, reference_small, reference_large = (
        _best_seconds(prepare(characters), clock)
        for prepare in (work, reference)
        for characters in (size // factor, size)
    )
    return (
        reference_large > reference_small * _most_growth(size, factor)
        and large * reference_small <= small * reference_large * _TOLERANCE
    )


def _most_growth(size: int, factor: int) -> float:
    return factor * log(size) / log(size / factor) * _TOLERANCE


def largest_fault(
    case: Case,
    clock: Clock = time.process_time,
    reference: Prepare = copied_dictionary,
) -> str | None:
    """What is wrong with the growth up to the largest input, or that this takes too long; or None.

    Each size is measured once, and more often only where it took too long compared with the size before.
    """
    small = seconds = 0.0
    for step in range(_STEPS, -1, -1):
        size = case.largest // FACTOR**step
        small, seconds = seconds, _seconds(case.prepare(size), clock)
        suspicious = step < _STEPS and _is_suspicious(small, seconds, size)
        if suspicious and (fault := growth_fault(case, size, clock, reference)):
            return fault
    if case.most_seconds is None or seconds <= case.most_seconds:
        return None
    seconds = _best_seconds(case.prepare(case.largest), clock)
    return f"{case}: {seconds:.2f} s for {case.largest:,} characters" if seconds > case.most_seconds else None


def _best_seconds(work: Work, clock: Clock, times: int = 3) -> float:
    return min(_seconds(work, clock) for _ in range(times))


def _seconds(work: Work, clock: Clock) -> float:
    for remembered in _caches():
        remembered.cache_clear()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        work()
        return clock() - start
    finally:
        if was_enabled:
            gc.enable()


@cache
def _caches() -> "tuple[_lru_cache_wrapper[object], ...]":
    """What the router's functions remember of texts. Measured twice, a text would take no time the second time."""
    modules = [module for name, module in sys.modules.items() if name.startswith("model_router.")]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, _lru_cache_wrapper)]
    return tuple(value for value in found if value.cache_parameters()["maxsize"])
