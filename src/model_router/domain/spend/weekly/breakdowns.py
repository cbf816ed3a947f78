"""The weekly report's breakdowns: rows by day, tier, model, mode, task, client and tag, most expensive first."""

from collections import defaultdict
from collections.abc import Iterable

from model_router.domain.spend.amounts import each, share, tidied
from model_router.domain.spend.periods import Week
from model_router.domain.spend.totals.groups import Groups, TagSums
from model_router.domain.spend.totals.sums import AttemptSums, RequestSums
from model_router.domain.spend.totals.totals import REST, Totals
from model_router.domain.spend.weekly.rows import (
    AttemptRow,
    ClientRow,
    DayRow,
    ModelRow,
    ModeRow,
    RequestRow,
    ServedRow,
    TagRow,
    TaskRow,
    TierRow,
    Tokens,
    UnlistedModelRow,
)

MAX_ROWS = 100
"""Clients that a report names; those that spent less are one row, `(other)`."""
MAX_TAG_ROWS = 1_000
"""Tags that a report names. Clients share them equally, and each has at least one."""


def by_day(totals: Totals, week: Week) -> list[DayRow]:
    """A row for each day of the week, those without requests included."""
    rows = []
    for day in (date.isoformat() for date in week.days):
        costs = {
            name.removeprefix(f"{day} "): tidied(sums.cost)
            for name, sums in totals.day_tiers.items()
            if name.startswith(f"{day} ")
        }
        rows.append(DayRow(day, RequestRow.of(totals.days.get(day)), costs))
    return rows


def by_tier(totals: Totals) -> list[TierRow]:
    tiers = _most_expensive_first(totals.tiers.items())
    return [TierRow(name, ServedRow.of(sums, totals.served_tiers.get(name))) for name, sums in tiers]


def by_model(totals: Totals) -> list[ModelRow]:
    models = _most_expensive_first(totals.models.items())
    return [ModelRow(name, ServedRow.of(sums, totals.served_models.get(name))) for name, sums in models]


def by_mode(totals: Totals) -> list[ModeRow]:
    return [ModeRow(name, AttemptRow.of(sums)) for name, sums in _most_expensive_first(totals.modes.items())]


def unlisted_models(totals: Totals) -> list[UnlistedModelRow]:
    """A row for each model that the catalog has no price for, the one with the highest bound first."""
    named = sorted(totals.unlisted_models.items(), key=lambda item: (-item[1].unknown_bound, item[0]))
    rest = totals.unlisted_models.rest
    return [
        UnlistedModelRow(name, sums.calls, sums.failed, sums.unknown, sums.unknown_bound, Tokens.of(sums))
        for name, sums in [*named, *([(REST, rest)] if rest is not None else [])]
    ]


def by_task(totals: Totals) -> list[TaskRow]:
    spent = totals.days.total().cost
    return [
        TaskRow(name, RequestRow.of(sums), each(sums.cost, sums.requests), share(sums.cost, spent))
        for name, sums in _named(totals.tasks)
    ]


def by_client(totals: Totals) -> list[ClientRow]:
    return [ClientRow(name, RequestRow.of(sums)) for name, sums in _named(totals.clients)]


def by_tag(tags: TagSums) -> list[TagRow]:
    """Keys in alphabetical order; the named values of each, then its other values as one row.

    A tag is named if it is among those on which one of its clients spent most, so that no client crowds out another's.
    Its sums are those of all clients.
    """
    named = _named_tags(tags)
    shown: defaultdict[str, defaultdict[str, RequestSums]] = defaultdict(lambda: defaultdict(RequestSums))
    others: defaultdict[str, RequestSums] = defaultdict(RequestSums)
    for client in tags.clients():
        for key, values in client.items():
            for value, sums in values.items():
                (shown[key][value] if (key, value) in named else others[key]).absorb(sums)
            if values.rest is not None:
                others[key].absorb(values.rest)
        if client.rest is not None:
            others[REST].absorb(client.rest.total())
    for key in others.keys() - shown.keys() - {REST}:
        others[REST].absorb(others.pop(key))
    rows = []
    for key in sorted(shown):
        values_of_key = [*_most_expensive_first(shown[key].items())]
        if key in others:
            values_of_key.append((REST, others[key]))
        rows += [TagRow(f"{key}={value}", key, value, RequestRow.of(sums)) for value, sums in values_of_key]
    if REST in others and REST not in shown:
        rows.append(TagRow(REST, REST, REST, RequestRow.of(others[REST])))
    return rows


def _named_tags(tags: TagSums) -> set[tuple[str, str]]:
    number = max(1, MAX_TAG_ROWS // max(1, len(tags)))
    named: set[tuple[str, str]] = set()
    for client in tags.clients():
        costs = ((-sums.cost, key, value) for key, values in client.items() for value, sums in values.items())
        named.update((key, value) for _, key, value in sorted(costs)[:number])
    return named


def _named(groups: Groups[RequestSums]) -> list[tuple[str, RequestSums]]:
    """The MAX_ROWS most expensive by name, then all others as one."""
    ordered = _most_expensive_first(groups.items())
    named, others = ordered[:MAX_ROWS], ordered[MAX_ROWS:]
    if not others and groups.rest is None:
        return named
    rest = RequestSums()
    for sums in (*(sums for _, sums in others), *([groups.rest] if groups.rest is not None else [])):
        rest.absorb(sums)
    return [*named, (REST, rest)]


def _most_expensive_first[S: (RequestSums, AttemptSums)](items: Iterable[tuple[str, S]]) -> list[tuple[str, S]]:
    return sorted(items, key=lambda item: (-item[1].cost, item[0]))
