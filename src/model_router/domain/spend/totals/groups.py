"""Sums by name, for a bounded number of names: what comes above the bound is summed up as the rest.

Which names are kept must not depend on the order of merging, so it cannot be those that spent most. It is those whose
hash is smallest: a name that gives way in a part has `limit` smaller ones there, and so gives way in the whole as well.
Below the limit every name is kept and every figure exact; above it the kept are exact still, and the rest is one sum.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Protocol, Self


class Summed(Protocol):
    def absorb(self, other: Any) -> None: ...

    def to_json(self) -> Any: ...


class Groups[S: Summed]:
    """Name → sum, at most `limit` names, and the `rest` (None while there is none)."""

    __slots__ = ("_empty", "_heap", "_limit", "_sums", "rest")

    def __init__(self, empty: Callable[[], S], limit: int) -> None:
        self._empty = empty
        self._limit = limit
        self._sums: dict[str, S] = {}
        # (minus the hash, name) of the names that are kept, so that the first is the next to give way.
        self._heap: list[tuple[int, str]] = []
        self.rest: S | None = None

    def __getitem__(self, name: str) -> S:
        """The sum that `name` counts towards: its own, or the rest."""
        found = self._sums.get(name)
        return self._admit(name) if found is None else found

    def get(self, name: str) -> S:
        """The sum of a name, or an empty one; keeps nothing."""
        found = self._sums.get(name)
        return self._empty() if found is None else found

    def items(self) -> Iterator[tuple[str, S]]:
        """Names in alphabetical order with their sums; the rest is not among them."""
        return iter(sorted(self._sums.items()))

    def every(self) -> Iterator[S]:
        """Each sum, and the rest."""
        yield from self._sums.values()
        if self.rest is not None:
            yield self.rest

    def shrink(self, limit: int) -> None:
        """Lowers the limit to `limit` names, if it is higher."""
        self._limit = min(self._limit, limit)
        while len(self._sums) > self._limit:
            _, given_way = heapq.heappop(self._heap)
            self._others().absorb(self._sums.pop(given_way))

    def whole(self) -> S:
        """All of them, and the rest, as one sum."""
        total = self._empty()
        for sums in self.every():
            total.absorb(sums)
        return total

    def __len__(self) -> int:
        return len(self._sums)

    def absorb(self, other: Self) -> None:
        for name, sums in other._sums.items():
            self[name].absorb(sums)
        if other.rest is not None:
            self._others().absorb(other.rest)

    def to_json(self) -> dict[str, object]:
        stored: dict[str, object] = {"names": {name: sums.to_json() for name, sums in self.items()}}
        if self.rest is not None:
            stored["rest"] = self.rest.to_json()
        return stored

    def load(self, stored: Mapping[str, Any], read: Callable[[Any], S]) -> None:
        """Takes in what `to_json` gave."""
        for name, told in stored["names"].items():
            sums = read(told)
            if name in self._sums or len(self._sums) >= self._limit:
                self[name].absorb(sums)
            else:  # a whole day is read so: what is ours alone need not be added to an empty sum
                self._keep(name, sums)
        if "rest" in stored:
            self._others().absorb(read(stored["rest"]))

    def _admit(self, name: str) -> S:
        if len(self._sums) < self._limit:
            return self._keep(name, self._empty())
        rank = -_hash(name)
        if rank < self._heap[0][0]:
            return self._others()
        _, given_way = heapq.heapreplace(self._heap, (rank, name))
        self._others().absorb(self._sums.pop(given_way))
        sums = self._sums[name] = self._empty()
        return sums

    def _keep(self, name: str, sums: S) -> S:
        heapq.heappush(self._heap, (-_hash(name), name))
        self._sums[name] = sums
        return sums

    def _others(self) -> S:
        if self.rest is None:
            self.rest = self._empty()
        return self.rest


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
