"""`python -m devtools.fuzz_parsers.largest [WORDS…]`: every stage with hostile inputs up to the largest that can come.

Exit status 1 where time grows faster than n log n, or the largest input takes too long. Words choose cases by name.
"""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from devtools.fuzz_parsers.growth import keep_free_memory, largest_fault
from devtools.fuzz_parsers.stages import cases

_CASES = list(cases())
#: After so many cases a line says how far the run is.
_CASES_A_LINE = 250


def main(words: Sequence[str]) -> int:
    chosen = [place for place, case in enumerate(_CASES) if all(word in str(case) for word in words)]
    began, faults = time.monotonic(), 0
    # Forked, since a case holds functions that no other process could be sent.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("fork"), initializer=keep_free_memory) as processes:
        for done, fault in enumerate(processes.map(_fault, chosen), 1):
            if fault:
                faults += 1
                print(fault, flush=True)
            if done % _CASES_A_LINE == 0 or done == len(chosen):
                seconds = time.monotonic() - began
                print(f"growth: {done:,} of {len(chosen):,} cases in {seconds:.0f} s, {faults} faults", flush=True)
    return 1 if faults or not chosen else 0


def _fault(place: int) -> str | None:
    try:
        return largest_fault(_CASES[place])
    except (RecursionError, MemoryError) as error:
        return f"{_CASES[place]}: {type(error).__name__}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
