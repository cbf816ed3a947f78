"""Sums by client and tag, for a bounded number of tags that the clients share out equally.

A client has MAX_TAGS divided by the number of clients, and each of its keys an equal part of that. Where a key of a
client has more values, those with the smallest hash keep their own sum and the others are summed up as the rest
(groups.py says why by hash). So a client that sends any number of tags crowds out nothing but its own.

Shares only shrink while clients and keys are added, and a name gives way to names with smaller hashes, so it does not
matter in which order parts are merged. Shares are applied when totals are merged or stored, and after many new tags.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.traffic_sums import RequestSums

MAX_TAG_CLIENTS = 10_000
"""As many as API Gateway allows an account API keys by default."""
MAX_TAGS = 40_000
"""Tags (a client, a key and a value) that have a sum of their own."""
MAX_TAG_KEYS = 50
"""Keys of a client."""

type Values = Groups[RequestSums]
type Keys = Groups[Values]


class TagSums:
    """Client → key → value → sums of requests. `rest` stands for the clients beyond MAX_TAG_CLIENTS."""

    def __init__(self) -> None:
        self._clients: Groups[Keys] = Groups(_keys, MAX_TAG_CLIENTS)
        #: Tags that were added since the shares were last applied.
        self._added = 0

    def of(self, client: str, key: str, value: str) -> RequestSums:
        """The sum that a tag of a client counts towards, until the next call."""
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
        """Takes in what `to_json` gave."""
        self._clients.load(stored, _read_keys)
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


def _read_keys(stored: Mapping[str, Any]) -> Keys:
    keys = _keys()
    keys.load(stored, _read_values)
    return keys


def _read_values(stored: Mapping[str, Any]) -> Values:
    values = _values()
    values.load(stored, RequestSums.from_json)
    return values
