"""Latencies as a histogram of fixed buckets: merged exactly, in constant memory, percentiles within 1 %."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from math import ceil

_EXACT_UP_TO = 100
_GROWTH_PERCENT = 2
_LAST = 4_000_000


def _edges() -> list[int]:
    """The first millisecond of each bucket: every one up to 100, then 2 % wider each time."""
    edges = list(range(_EXACT_UP_TO))
    while edges[-1] < _LAST:
        edges.append(max(edges[-1] + 1, edges[-1] * (100 + _GROWTH_PERCENT) // 100))
    return edges


_EDGES = _edges()


class Latencies:
    """How many calls took how long. A percentile is the middle of its bucket: at most 1 % off, exact below 100 ms."""

    __slots__ = ("buckets",)

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets = dict(buckets or {})

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    def add(self, milliseconds: int) -> None:
        place = bisect_right(_EDGES, milliseconds) - 1
        self.buckets[place] = self.buckets.get(place, 0) + 1

    def absorb(self, other: "Latencies") -> None:
        for place, count in other.buckets.items():
            self.buckets[place] = self.buckets.get(place, 0) + count

    def percentile(self, percent: int) -> int | None:
        """Milliseconds that `percent` of the calls took at most (nearest rank); None: there were none."""
        if not self.buckets:
            return None
        rank = max(1, ceil(self.count * percent / 100))
        places = sorted(self.buckets)
        reached = accumulate(self.buckets[place] for place in places)
        place = next(place for place, total in zip(places, reached, strict=True) if total >= rank)
        first = _EDGES[place]
        last = _EDGES[place + 1] - 1 if place + 1 < len(_EDGES) else first
        return (first + last) // 2

    def to_json(self) -> dict[str, int]:
        """The first millisecond of each bucket → how many."""
        return {str(_EDGES[place]): self.buckets[place] for place in sorted(self.buckets)}

    @classmethod
    def from_json(cls, stored: Mapping[str, int]) -> "Latencies":
        return cls({bisect_right(_EDGES, int(edge)) - 1: count for edge, count in stored.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Latencies) and self.buckets == other.buckets

    __hash__ = None  # type: ignore[assignment]
