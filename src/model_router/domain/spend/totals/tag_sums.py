"""Sums by client and tag, for a bounded number of tags that clients share equally.

A client's share is MAX_TAGS divided by the number of clients, and each of its keys has an equal part of that. If a key
of a client has more values, those with the smallest hash keep their own sum and the others share one (groups.py). So a
client that sends any number of tags crowds out only its own.

Shares only shrink as clients and keys are added, and a name is only dropped for names with smaller hashes, so the order
in which parts are merged does not matter. Shares are applied when totals are merged or stored, and after many new tags.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.sums import RequestSums

MAX_TAG_CLIENTS = 10_000
"""The default limit of API keys of an AWS account in API Gateway."""
MAX_TAGS = 40_000
"""Tags (a client, a key and a value) that have a sum of their own."""
MAX_TAG_KEYS = 50
"""Keys of a client."""

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
