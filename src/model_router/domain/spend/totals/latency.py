"""Latencies as a histogram with fixed buckets: it merges exactly, needs constant memory, and is within 1 %."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from math import ceil

_EXACT_UP_TO = 100
_GROWTH_PERCENT = 2
_LAST = 4_000_000


def _edges() -> list[int]:
    """The first millisecond of each bucket. Buckets are 1 ms wide up to 100 ms; after that each is 2 % wider."""
    edges = list(range(_EXACT_UP_TO))
    while edges[-1] < _LAST:
        edges.append(max(edges[-1] + 1, edges[-1] * (100 + _GROWTH_PERCENT) // 100))
    return edges


_EDGES = _edges()


class Latencies:
    """Counts by latency. A percentile is the middle of its bucket: at most 1 % off, and exact below 100 ms."""

    __slots__ = ("buckets",)

    def __init__(self, buckets: Mapping[int, int] | None = None) -> None:
        self.buckets = dict(buckets or {})

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    def add(self, milliseconds: int) -> None:
        bucket = bisect_right(_EDGES, milliseconds) - 1
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1

    def absorb(self, other: "Latencies") -> None:
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def percentile(self, percent: int) -> int | None:
        """The latency in ms that `percent` of all did not exceed (nearest rank), or None if there are none."""
        if not self.buckets:
            return None
        rank = max(1, ceil(self.count * percent / 100))
        ordered = sorted(self.buckets)
        reached = accumulate(self.buckets[bucket] for bucket in ordered)
        bucket = next(bucket for bucket, total in zip(ordered, reached, strict=True) if total >= rank)
        first = _EDGES[bucket]
        last = _EDGES[bucket + 1] - 1 if bucket + 1 < len(_EDGES) else first
        return (first + last) // 2

    def to_json(self) -> dict[str, int]:
        """The first millisecond of each bucket → its count."""
        return {str(_EDGES[bucket]): self.buckets[bucket] for bucket in sorted(self.buckets)}

    @classmethod
    def from_json(cls, stored: Mapping[str, int]) -> "Latencies":
        return cls({bisect_right(_EDGES, int(edge)) - 1: count for edge, count in stored.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Latencies) and self.buckets == other.buckets

    __hash__ = None  # type: ignore[assignment]
