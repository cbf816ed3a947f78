"""The time budget that the validators of one answer share."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: Items between two checks of the clock.
_EVERY = 256


class OutOfTime(Exception):
    """A check did not finish within the budget."""


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """`left` returns the remaining seconds. Validators call `check` in their loops and before a step that cannot be
    interrupted.
    """

    left: Callable[[], float]

    def check(self, seconds: float = 0.0) -> None:
        """Raises OutOfTime unless more than `seconds`, the longest duration of the next step, are left."""
        if self.left() <= seconds:
            raise OutOfTime

    def watch(self, items: Iterable[T], every: int = _EVERY) -> Iterator[T]:
        """Yields the items and checks the budget before every `every`-th one."""
        for count, item in enumerate(items):
            if count % every == 0:
                self.check()
            yield item


#: A budget without a limit.
UNLIMITED = Budget(lambda: math.inf)
