"""What is to happen to which request: the steps that are waiting, and behind them a mix of faults by chance.

A mix of the same seed is the same in every run.
"""

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from devtools.claude_standin.faults.steps import NO_STEP, AfterStop, Break, Drip, FinalUsage, Page, Step

_PAGES: tuple[tuple[int, Page], ...] = ((502, "html"), (503, "empty"), (500, "foreign"), (520, "truncated"))
_CATEGORIES = (None, "bio", "cyber", "reasoning_extraction")
_STATUSES = ("408", "409", "429", "500", "529")


def _steps(seconds: float, after: int, kind: int) -> dict[str, Step]:
    """By the fault's name. `after` is below 4; `kind` picks evenly from any list whose length divides 60."""
    return {
        **{name: Step(status=int(name), retry_after=1 if name == "429" and after % 2 else None) for name in _STATUSES},
        "spend_cap": Step(status=429, spend_cap=True),
        "slow": Step(slow=seconds),
        "slow_stream": Step(slow_stream=seconds / 4),
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
    }


RATED = tuple(_steps(0.0, 0, 0))


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
                return _steps(self._seconds, after, kind)[name]
        return NO_STEP


@dataclass(slots=True)
class Script:
    """The steps that are waiting, and the mix behind them. Thread safe."""

    _steps: list[tuple[Step, int]] = field(default_factory=list)
    _mix: FaultMix | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, steps: Iterable[Step]) -> None:
        """Put steps behind those that are waiting."""
        with self._lock:
            self._steps.extend((step, 0) for step in steps)

    def mix(self, mix: FaultMix | None) -> None:
        """Use this mix for requests that no step matches."""
        with self._lock:
            self._mix = mix

    def clear(self) -> None:
        """Forget every step, and the mix."""
        with self._lock:
            self._steps.clear()
            self._mix = None

    def take(self, model_id: str, text: str, attempt_id: str | None, asked: str | None = None) -> Step:
        """The step for this request; NO_STEP where nothing is asked for.

        `text` is the whole body, which steps look into. The mix goes by `asked`, what of it is the same
        whichever model it is sent to; by the whole body if that is not given.
        """
        with self._lock:
            for place, (step, used) in enumerate(self._steps):
                if step.matches(model_id, text, attempt_id):
                    if step.times and used + 1 >= step.times:
                        del self._steps[place]
                    else:
                        self._steps[place] = (step, used + 1)
                    return step
            return self._mix.draw(text if asked is None else asked) if self._mix else NO_STEP
