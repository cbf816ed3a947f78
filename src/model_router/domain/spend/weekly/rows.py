"""The report's rows: spend by day, tier, model, task and client. report.py says what the keys mean."""

from collections.abc import Iterable
from decimal import Decimal

from model_router.domain.spend.amounts import each, minus, share, tidied
from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.totals import REST, Totals
from model_router.domain.spend.totals.traffic_sums import CallSums, RequestSums
from model_router.domain.spend.weekly.weeks import Week

MAX_ROWS = 100
"""Clients that a report names; those that spent less are one row, `(other)`."""

Row = dict[str, object]


def tokens(sums: RequestSums | CallSums) -> dict[str, int]:
    """Tokens by what they are billed as."""
    return {
        "input": sums.input_tokens,
        "output": sums.output_tokens,
        "cache_write_5m": sums.cache_write_5m_tokens,
        "cache_write_1h": sums.cache_write_1h_tokens,
        "cache_read": sums.cache_read_tokens,
    }


def request_row(sums: RequestSums) -> Row:
    """What every row of requests shows."""
    return {
        "requests": sums.requests,
        "answered": sums.answered,
        "calls": sums.calls,
        "cost_usd": tidied(sums.cost),
        "unknown_bound_usd": tidied(sums.unknown_bound),
        "baseline_low_usd": tidied(sums.baseline_low),
        "baseline_high_usd": tidied(sums.baseline_high),
        "saved_low_usd": tidied(minus(sums.baseline_low, sums.cost)),
        "saved_high_usd": tidied(minus(sums.baseline_high, sums.cost)),
        "escalated": sums.escalated,
        "tokens": tokens(sums),
    }


def by_day(totals: Totals, week: Week) -> list[Row]:
    """A row for each day of the week, those without requests included."""
    rows = []
    for day in (found.isoformat() for found in week.days):
        by_tier = {
            name.removeprefix(f"{day} "): tidied(sums.cost)
            for name, sums in totals.day_tiers.items()
            if name.startswith(f"{day} ")
        }
        rows.append({"day": day, **request_row(totals.days.get(day)), "cost_by_tier": by_tier})
    return rows


def by_calls(calls: Groups[CallSums], served: Groups[RequestSums], name: str) -> list[Row]:
    """A row for each tier or model: its calls, and the requests that it answered last with all that they cost."""
    rows = []
    for key, sums in dearest_first((name, sums, sums.cost) for name, sums in calls.items()):
        answered = served.get(key)
        rows.append(
            {
                name: key,
                "calls": sums.calls,
                "failed": sums.failed,
                "cost_usd": tidied(sums.cost),
                "unknown": sums.unknown,
                "unknown_bound_usd": tidied(sums.unknown_bound),
                "tokens": tokens(sums),
                "web_searches": sums.web_searches,
                "p50_ms": sums.latency.percentile(50),
                "p95_ms": sums.latency.percentile(95),
                "requests": answered.requests,
                "request_cost_usd": tidied(answered.cost),
                "cost_per_request_usd": each(answered.cost, answered.requests),
            }
        )
    return rows


def unlisted_models(totals: Totals) -> list[Row]:
    """A row for each model that the catalog has no price for, the one with the highest bound first."""
    found = [(name, sums, sums.unknown_bound) for name, sums in totals.unlisted_models.items()]
    rows = list(dearest_first(found))
    if totals.unlisted_models.rest is not None:
        rows.append((REST, totals.unlisted_models.rest))
    return [
        {
            "model": name,
            "calls": sums.calls,
            "failed": sums.failed,
            "unknown": sums.unknown,
            "unknown_bound_usd": tidied(sums.unknown_bound),
            "tokens": tokens(sums),
        }
        for name, sums in rows
    ]


def by_mode(totals: Totals) -> list[Row]:
    """A row for each mode that calls ran in, the one that cost most first."""
    return [
        {
            "mode": name,
            "calls": sums.calls,
            "failed": sums.failed,
            "cost_usd": tidied(sums.cost),
            "unknown": sums.unknown,
            "unknown_bound_usd": tidied(sums.unknown_bound),
            "tokens": tokens(sums),
        }
        for name, sums in dearest_first((name, sums, sums.cost) for name, sums in totals.modes.items())
    ]


def by_task(totals: Totals) -> list[Row]:
    whole = totals.days.whole()
    return [
        {
            "task": name,
            **request_row(sums),
            "cost_per_request_usd": each(sums.cost, sums.requests),
            "share_of_cost": share(sums.cost, whole.cost),
        }
        for name, sums in _named(totals.tasks)
    ]


def by_client(totals: Totals) -> list[Row]:
    return [{"client": name, **request_row(sums)} for name, sums in _named(totals.clients)]


def _named(groups: Groups[RequestSums]) -> list[tuple[str, RequestSums]]:
    """The dearest by name, then what is left as one."""
    ordered = list(dearest_first((name, sums, sums.cost) for name, sums in groups.items()))
    shown, left = ordered[:MAX_ROWS], ordered[MAX_ROWS:]
    if not left and groups.rest is None:
        return shown
    rest = RequestSums()
    for _, sums in left:
        rest.absorb(sums)
    if groups.rest is not None:
        rest.absorb(groups.rest)
    return [*shown, (REST, rest)]


def dearest_first[S](found: Iterable[tuple[str, S, Decimal]]) -> Iterable[tuple[str, S]]:
    """(name, sums) of (name, sums, cost), most money first and by name where that is equal."""
    for name, sums, _ in sorted(found, key=lambda entry: (-entry[2], entry[0])):
        yield name, sums
