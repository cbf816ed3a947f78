"""The weekly report's breakdowns: rows by day, tier, model, mode, task, client and tag, most expensive first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from model_router.domain.spend.amounts import each, share, tidied
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.periods import Week
from model_router.domain.spend.totals.groups import Groups, TagSums
from model_router.domain.spend.totals.sums import AttemptSums, RequestSums, TokenCounts
from model_router.domain.spend.totals.totals import REST, Totals


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens by how they are billed."""

    input: Annotated[int, Figure("Input tokens")]
    output: Annotated[int, Figure("Output tokens")]
    cache_write_5m: Annotated[int, Figure("Cache writes, 5 min")]
    cache_write_1h: Annotated[int, Figure("Cache writes, 1 h")]
    cache_read: Annotated[int, Figure("Cache reads")]

    @classmethod
    def of(cls, sums: TokenCounts) -> Self:
        return cls(
            sums.input_tokens,
            sums.output_tokens,
            sums.cache_write_5m_tokens,
            sums.cache_write_1h_tokens,
            sums.cache_read_tokens,
        )


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Requests and all that was spent on them."""

    requests: Annotated[int, Figure("Requests")]
    answered: Annotated[int, Figure("Answered")]
    calls: Annotated[int, Figure("Attempts")]
    cost_usd: Annotated[Decimal, Figure("Spent", "money", "Attempts of unknown cost are not included.")]
    unknown_bound_usd: Annotated[
        Decimal, Figure("Unknown, at most", "money", "The most that attempts of unknown cost can add.")
    ]
    baseline_low_usd: Annotated[Decimal, Figure("Baseline, low", "money")]
    baseline_high_usd: Annotated[Decimal, Figure("Baseline, high", "money")]
    saved_low_usd: Annotated[Decimal, Figure("Saved, low", "signed_money")]
    saved_high_usd: Annotated[Decimal, Figure("Saved, high", "signed_money")]
    escalated: Annotated[int, Figure("Escalated")]
    tokens: Tokens

    @classmethod
    def of(cls, sums: RequestSums) -> Self:
        return cls(
            requests=sums.requests,
            answered=sums.answered,
            calls=sums.calls,
            cost_usd=sums.cost,
            unknown_bound_usd=sums.unknown_bound,
            baseline_low_usd=sums.baseline_low,
            baseline_high_usd=sums.baseline_high,
            saved_low_usd=sums.saved_low,
            saved_high_usd=sums.saved_high,
            escalated=sums.escalated,
            tokens=Tokens.of(sums),
        )


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """Attempts, with any outcome of their requests."""

    calls: Annotated[int, Figure("Attempts")]
    failed: Annotated[int, Figure("Failed")]
    cost_usd: Annotated[Decimal, Figure("Spent on attempts", "money")]
    unknown: Annotated[int, Figure("Of unknown cost")]
    unknown_bound_usd: Annotated[Decimal, Figure("Those, at most", "money")]
    tokens: Tokens

    @classmethod
    def of(cls, sums: AttemptSums) -> Self:
        return cls(sums.calls, sums.failed, sums.cost, sums.unknown, sums.unknown_bound, Tokens.of(sums))


@dataclass(frozen=True, slots=True)
class ServedRow:
    """Attempts of a tier or model, and the requests that it answered last."""

    attempts: Annotated[AttemptRow, INLINE]
    web_searches: Annotated[int, Figure("Web searches")]
    p50_ms: Annotated[int | None, Figure("Median latency", "milliseconds")]
    p95_ms: Annotated[int | None, Figure("p95 latency", "milliseconds")]
    requests: Annotated[int, Figure("Requests answered", meaning="Requests that it answered last.")]
    request_cost_usd: Annotated[Decimal, Figure("Spent on those", "money", "With all attempts of those requests.")]
    cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]

    @classmethod
    def of(cls, sums: AttemptSums, served: RequestSums) -> Self:
        return cls(
            attempts=AttemptRow.of(sums),
            web_searches=sums.web_searches,
            p50_ms=sums.latency.percentile(50),
            p95_ms=sums.latency.percentile(95),
            requests=served.requests,
            request_cost_usd=served.cost,
            cost_per_request_usd=each(served.cost, served.requests),
        )


@dataclass(frozen=True, slots=True)
class DayRow:
    day: Annotated[str, Figure("Day", "day")]
    row: Annotated[RequestRow, INLINE]
    cost_by_tier: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class TierRow:
    tier: Annotated[str, Figure("Tier", "text")]
    row: Annotated[ServedRow, INLINE]


@dataclass(frozen=True, slots=True)
class ModelRow:
    model: Annotated[str, Figure("Model", "text")]
    row: Annotated[ServedRow, INLINE]


@dataclass(frozen=True, slots=True)
class ModeRow:
    mode: Annotated[
        str, Figure("Mode", "text", "What multiplies the list price: standard, batch, fast, us, batch us or fast us.")
    ]
    row: Annotated[AttemptRow, INLINE]


@dataclass(frozen=True, slots=True)
class UnlistedModelRow:
    model: Annotated[str, Figure("Model", "text", "As callers named it; the catalog has no price for it.")]
    calls: Annotated[int, Figure("Attempts")]
    failed: Annotated[int, Figure("Failed")]
    unknown: Annotated[int, Figure("Of unknown cost")]
    unknown_bound_usd: Annotated[Decimal, Figure("Those, at most", "money")]
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class TaskRow:
    task: Annotated[str, Figure("Task", "text")]
    row: Annotated[RequestRow, INLINE]
    cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]
    share_of_cost: Annotated[Decimal | None, Figure("Share of spend", "share")]


@dataclass(frozen=True, slots=True)
class ClientRow:
    client: Annotated[str, Figure("Client", "text")]
    row: Annotated[RequestRow, INLINE]


@dataclass(frozen=True, slots=True)
class TagRow:
    tag: Annotated[str, Figure("Tag", "text", "`key=value`. A request counts once for each of its tags.")]
    key: str
    value: str
    row: Annotated[RequestRow, INLINE]


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
