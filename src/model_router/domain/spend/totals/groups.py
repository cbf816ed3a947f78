"""Sums by name for a bounded number of names; all names above the bound share one sum, the rest.

Which names are kept must not depend on the order of merging, so it cannot be those that spent most. It is those whose
hash is smallest: a name that is dropped from a part has `limit` smaller ones there, and so is dropped from the whole as
well. Up to the limit every name is kept. Above it the sums of the kept names are still exact.

Tags are bounded per client: a client's share is MAX_TAGS divided by the number of clients, and each of its keys has an
equal part of that. So a client that sends any number of tags crowds out only its own. Shares only shrink as clients and
keys are added, so here, too, the order of merging does not matter. They are applied when totals are merged or stored,
and after many new tags.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Protocol, Self

from model_router.domain.spend.totals.sums import RequestSums

MAX_TAG_CLIENTS = 10_000
"""The default limit of API keys of an AWS account in API Gateway."""
MAX_TAGS = 40_000
"""Tags (a client, a key and a value) that have a sum of their own."""
MAX_TAG_KEYS = 50
"""Keys of a client."""


class Summed(Protocol):
    def absorb(self, other: Any) -> None: ...

    def to_json(self) -> Any: ...

    def load(self, stored: Any) -> None: ...


class Groups[S: Summed]:
    """Name → sum, at most `limit` names, and the `rest` (None if there is none)."""

    __slots__ = ("_empty", "_heap", "_limit", "_sums", "rest")

    def __init__(self, empty: Callable[[], S], limit: int) -> None:
        self._empty = empty
        self._limit = limit
        self._sums: dict[str, S] = {}
        # (minus the hash, name) of each kept name, so that the first is the next to be dropped.
        self._heap: list[tuple[int, str]] = []
        self.rest: S | None = None

    def __getitem__(self, name: str) -> S:
        """The sum that `name` counts towards: its own, or the rest."""
        sums = self._sums.get(name)
        return self._admit(name) if sums is None else sums

    def get(self, name: str) -> S:
        """The sum of a name, or an empty one that is not kept."""
        sums = self._sums.get(name)
        return self._empty() if sums is None else sums

    def items(self) -> Iterator[tuple[str, S]]:
        """Names in alphabetical order with their sums, without the rest."""
        return iter(sorted(self._sums.items()))

    def every(self) -> Iterator[S]:
        """Every sum, the rest included."""
        yield from self._sums.values()
        if self.rest is not None:
            yield self.rest

    def shrink(self, limit: int) -> None:
        """Lowers a higher limit to `limit`."""
        self._limit = min(self._limit, limit)
        while len(self._sums) > self._limit:
            _, dropped = heapq.heappop(self._heap)
            self.others().absorb(self._sums.pop(dropped))

    def keep_first(self, number: int, rank: Callable[[str, S], Any]) -> None:
        """Keeps the `number` names that rank first, and adds the others to the rest.

        Use it on a whole, since the ranks of a part may be others.
        """
        ranked = sorted(self._sums, key=lambda name: rank(name, self._sums[name]))
        for name in ranked[number:]:
            self.others().absorb(self._sums.pop(name))
        self._heap = [entry for entry in self._heap if entry[1] in self._sums]
        heapq.heapify(self._heap)

    def total(self) -> S:
        """Every sum, the rest included, as one."""
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
            self.others().absorb(other.rest)

    def to_json(self) -> dict[str, object]:
        stored: dict[str, object] = {"names": {name: sums.to_json() for name, sums in self.items()}}
        if self.rest is not None:
            stored["rest"] = self.rest.to_json()
        return stored

    def load(self, stored: Mapping[str, Any]) -> None:
        """Adds what `to_json` gave."""
        for name, part in stored["names"].items():
            sums = self._read(part)
            if name in self._sums or len(self._sums) >= self._limit:
                self[name].absorb(sums)
            else:  # the usual case of a whole day: no need to add it to an empty sum
                self._keep(name, sums)
        if "rest" in stored:
            self.others().absorb(self._read(stored["rest"]))

    def _read(self, stored: Any) -> S:
        sums = self._empty()
        sums.load(stored)
        return sums

    def _admit(self, name: str) -> S:
        if len(self._sums) < self._limit:
            return self._keep(name, self._empty())
        rank = -_hash(name)
        if rank < self._heap[0][0]:
            return self.others()
        _, dropped = heapq.heapreplace(self._heap, (rank, name))
        self.others().absorb(self._sums.pop(dropped))
        sums = self._sums[name] = self._empty()
        return sums

    def _keep(self, name: str, sums: S) -> S:
        heapq.heappush(self._heap, (-_hash(name), name))
        self._sums[name] = sums
        return sums

    def others(self) -> S:
        """The rest, which names without a sum of their own count towards."""
        if self.rest is None:
            self.rest = self._empty()
        return self.rest


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())


type Values = Groups[RequestSums]
type Keys = Groups[Values]


class TagSums:
    """Client → key → value → sums of requests. Clients beyond MAX_TAG_CLIENTS share one."""

    def __init__(self) -> None:
        self._clients: Groups[Keys] = Groups(_keys, MAX_TAG_CLIENTS)
        #: Tags added since the shares were last applied.
        self._added = 0

    def of(self, client: str, key: str, value: str) -> RequestSums:
        """The sum that a client's tag counts towards; valid until the next call."""
        if self._added > MAX_TAGS // 5:
            self._share_out()
        values = self._clients[client][key]
        before = len(values)
        sums = values[value]
        self._added += len(values) - before
        return sums

    def clients(self) -> Iterator[Keys]:
        """The tags of each client, and of the rest."""
        self._share_out()
        yield from (keys for _, keys in self._clients.items())
        if self._clients.rest is not None:
            yield self._clients.rest

    def __len__(self) -> int:
        """Clients that have tags."""
        return len(self._clients)

    def absorb(self, other: Self) -> None:
        self._clients.absorb(other._clients)
        self._share_out()

    def to_json(self) -> dict[str, object]:
        self._share_out()
        return self._clients.to_json()

    def load(self, stored: Mapping[str, Any]) -> None:
        """Adds what `to_json` gave."""
        self._clients.load(stored)
        self._share_out()

    def _share_out(self) -> None:
        self._added = 0
        share = MAX_TAGS // (len(self._clients) + 1)
        for keys in self._clients.every():
            keys.shrink(max(1, min(MAX_TAG_KEYS, share)))
            for values in keys.every():
                values.shrink(max(1, share // (len(keys) + 1)))


def _keys() -> Keys:
    return Groups(_values, MAX_TAG_KEYS)


def _values() -> Values:
    return Groups(RequestSums, MAX_TAGS)
