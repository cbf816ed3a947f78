"""Faults by chance, and the same ones in every run of a seed."""

import hashlib
import random
from collections import Counter
from collections.abc import Mapping
from typing import get_args

from devtools.claude_standin.faults.steps import NO_STEP, AfterStop, Break, Drip, FinalUsage, Page, Step

_PAGES: tuple[tuple[int, Page], ...] = ((502, "html"), (503, "empty"), (500, "foreign"), (520, "truncated"))
_CATEGORIES = (None, "bio", "cyber", "reasoning_extraction")
RATED = (
    "408",
    "409",
    "429",
    "spend_cap",
    "500",
    "529",
    "slow",
    "slow_stream",
    "page",
    "reset",
    "breaks",
    "cut",
    "garbage",
    "error_in_stream",
    "refusal_before",
    "refusal_after",
    "final_usage",
    "after_stop",
    "drips",
)


class FaultMix:
    """Random faults. Which fault a request gets depends only on the seed, the request, and how often the same request
    came before. It does not depend on other requests, and so not on the threads' timing.

    `rates` maps names in RATED to probabilities, at most 1 in total. `seconds` is the delay of slow responses.
    """

    def __init__(self, seed: int, rates: Mapping[str, float], seconds: float = 0.2) -> None:
        unknown = set(rates) - set(RATED)
        if unknown:
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}; there are: {', '.join(RATED)}")
        if any(rate < 0 for rate in rates.values()) or sum(rates.values()) > 1:
            raise ValueError("rates are probabilities, together at most 1")
        self._seed = seed
        self._rates = dict(rates)
        self._seconds = seconds
        self._times_asked: Counter[bytes] = Counter()

    def draw(self, asked: str) -> Step:
        """The step for a request that asks this; NO_STEP where it is spared. Not thread safe: the caller holds
        a lock.
        """
        key = hashlib.sha256(asked.encode("utf-8", "replace")).digest()
        self._times_asked[key] += 1
        dice = random.Random(f"{self._seed}/{key.hex()}/{self._times_asked[key]}")  # noqa: S311 - nothing secret
        left, after, kind = dice.random(), dice.randrange(4), dice.randrange(60)
        for name, rate in self._rates.items():
            left -= rate
            if left < 0:
                return self._step(name, after, kind)
        return NO_STEP

    def _step(self, name: str, after: int, kind: int) -> Step:
        """`after` is below 4; `kind` picks evenly from any list whose length divides 60."""
        if name.isdigit():
            return Step(status=int(name), retry_after=1 if name == "429" and after % 2 else None)
        return {
            "spend_cap": Step(status=429, spend_cap=True),
            "slow": Step(slow=self._seconds),
            "slow_stream": Step(slow_stream=self._seconds / 4),
            "page": Step(status=_PAGES[after][0], page=_PAGES[after][1]),
            "reset": Step(reset=True),
            "breaks": Step(breaks=get_args(Break)[after]),
            "cut": Step(cut=after),
            "garbage": Step(garbage=True),
            "error_in_stream": Step(error_in_stream=after),
            "refusal_before": Step(refusal="before", category=_CATEGORIES[after]),
            "refusal_after": Step(refusal="after"),
            "final_usage": Step(final_usage=get_args(FinalUsage)[kind % 5]),
            "after_stop": Step(after_stop=get_args(AfterStop)[kind % 4]),
            "drips": Step(drips=get_args(Drip)[kind % 3]),
        }[name]
