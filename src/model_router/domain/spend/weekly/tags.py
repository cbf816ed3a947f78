"""The report's rows by tag: as many for each client, so that none crowds out another's."""

from collections import defaultdict

from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.tag_sums import TagSums
from model_router.domain.spend.totals.totals import REST
from model_router.domain.spend.totals.traffic_sums import RequestSums
from model_router.domain.spend.weekly.rows import Row, dearest_first, request_row

MAX_TAG_ROWS = 1_000
"""Tags that a report names: the clients share them out equally, and each has one at least."""


def by_tag(tags: TagSums) -> list[Row]:
    """Keys in alphabetical order; of each the named values, most money first, then what is left of the key as one.

    A tag is named where it is among those on which one of its clients spent most. Its sums are those of all clients.
    """
    named = _named(tags)
    shown: defaultdict[str, defaultdict[str, RequestSums]] = defaultdict(lambda: defaultdict(RequestSums))
    left: defaultdict[str, RequestSums] = defaultdict(RequestSums)
    for client in tags.clients():
        for key, values in client.items():
            for value, sums in values.items():
                (shown[key][value] if (key, value) in named else left[key]).absorb(sums)
            if values.rest is not None:
                left[key].absorb(values.rest)
        if client.rest is not None:
            left[REST].absorb(client.rest.whole())
    for key in left.keys() - shown.keys() - {REST}:
        left[REST].absorb(left.pop(key))
    rows = [row for key in sorted(shown) for row in _rows(key, shown[key], left.get(key))]
    return [*rows, _row(REST, REST, REST, left[REST])] if REST in left and REST not in shown else rows


def _rows(key: str, values: dict[str, RequestSums], left: RequestSums | None) -> list[Row]:
    ordered = dearest_first((value, sums, sums.cost) for value, sums in values.items())
    rows = [_row(f"{key}={value}", key, value, sums) for value, sums in ordered]
    return rows if left is None else [*rows, _row(f"{key}={REST}", key, REST, left)]


def _row(tag: str, key: str, value: str, sums: RequestSums) -> Row:
    return {"tag": tag, "key": key, "value": value, **request_row(sums)}


def _named(tags: TagSums) -> set[tuple[str, str]]:
    each = max(1, MAX_TAG_ROWS // max(1, len(tags)))
    return {tag for client in tags.clients() for tag in _dearest_tags(client, each)}


def _dearest_tags(client: Groups[Groups[RequestSums]], number: int) -> list[tuple[str, str]]:
    costs = ((-sums.cost, key, value) for key, values in client.items() for value, sums in values.items())
    return [(key, value) for _, key, value in sorted(costs)[:number]]
