"""The time that the validators of one answer share."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

#: Items between two looks at the clock: cheap enough for items that take a microsecond each.
_EVERY = 256


class OutOfTime(Exception):
    """A check did not end within the budget, so nothing is known of the answer."""


@dataclasses.dataclass(frozen=True, slots=True)
class Budget:
    """`left` says how many seconds are left. Validators ask it inside their loops and before a step that cannot be
    interrupted.
    """

    left: Callable[[], float]

    def check(self, seconds: float = 0.0) -> None:
        """Raises OutOfTime unless more than `seconds`, the worst that the next step may take, are left."""
        if self.left() <= seconds:
            raise OutOfTime

    def watch(self, items: Iterable[T], every: int = _EVERY) -> Iterator[T]:
        """The items, with a check before the first and before every `every`-th after it."""
        for count, item in enumerate(items):
            if count % every == 0:
                self.check()
            yield item


#: For callers that do not limit the time.
UNLIMITED = Budget(lambda: math.inf)
