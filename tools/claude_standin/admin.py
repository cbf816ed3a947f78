"""The Usage and Cost Admin API, from the stand-in's own invoice: a day a bucket, amounts in cents as decimal texts.

Source: Anthropic's API reference, "Get Messages Usage Report" and "Get Cost Report" (read 2026-11-23).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from claude_standin.billing import Record
from claude_standin.errors import ApiError, invalid
from claude_standin.models import TABLE
from claude_standin.prices import PER, US_FACTOR, WEB_SEARCH_USD, rate
from claude_standin.usage import Usage

KEY_PREFIX = "sk-ant-admin"
DEFAULT_BUCKETS, MOST_BUCKETS = 7, 31
_MODELS = {model.id: model for model in TABLE}
_TOKEN_TYPES = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    "cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h": "cache_creation.ephemeral_1h_input_tokens",
    "cache_read": "cache_read_input_tokens",
}
Query = list[tuple[str, str]]
Results = list[dict[str, Any]]


def report(path: str, query: Query, headers: Mapping[str, str], records: list[Record]) -> dict[str, Any]:
    """A page of one of the two reports.

    Raises:
        ApiError: 401 for a key that is no admin key, 400 for parameters that the API would not take.
    """
    if not headers.get("x-api-key", "").startswith(KEY_PREFIX):
        raise ApiError(401, "invalid x-api-key: the Admin API takes an admin key")
    results, groups = REPORTS[path]
    asked = dict(query)
    wanted = {value for name, value in query if name == "group_by[]"}
    if not wanted <= groups:
        raise invalid(f"group_by: Input should be one of {', '.join(sorted(groups))}")
    if asked.get("bucket_width", "1d") != "1d":
        raise invalid("bucket_width: the stand-in counts by days: '1d'")
    first, end = _day(asked, "starting_at"), _day(asked, "ending_at")
    start = date.fromisoformat(asked["page"].removeprefix("page_")) if "page" in asked else first
    limit = int(asked.get("limit", DEFAULT_BUCKETS))
    if not 1 <= limit <= MOST_BUCKETS:
        raise invalid(f"limit: Input should be from 1 to {MOST_BUCKETS}")
    days = [start + timedelta(days=place) for place in range(max(0, (end - start).days))]
    more = days[limit:]
    return {
        "data": [_bucket(day, results(_of(day, records), wanted)) for day in days[:limit]],
        "has_more": bool(more),
        "next_page": f"page_{more[0].isoformat()}" if more else None,
    }


def _usage(records: list[Record], wanted: set[str]) -> Results:
    sums: defaultdict[str | None, Counter[str]] = defaultdict(Counter)
    for record in records:
        sums[record["model"] if "model" in wanted else None].update(record["usage"])
    return [
        {
            "uncached_input_tokens": used["input"],
            "cache_creation": {
                "ephemeral_5m_input_tokens": used["cache_write_5m"],
                "ephemeral_1h_input_tokens": used["cache_write_1h"],
            },
            "cache_read_input_tokens": used["cache_read"],
            "output_tokens": used["output"],
            "server_tool_use": {"web_search_requests": used["web_searches"]},
            "model": model,
            "api_key_id": None,
            "workspace_id": None,
            "service_tier": None,
            "context_window": None,
            "inference_geo": None,
        }
        for model, used in sums.items()
    ]


def _costs(records: list[Record], wanted: set[str]) -> Results:
    sums: defaultdict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
    for record in records:
        for row, usd in _cost_rows(record):
            sums[row] += usd
    if "description" not in wanted:
        return [_cost(None, None, sum(sums.values(), Decimal(0)))] if sums else []
    return [_cost(model, kind, usd) for (model, kind), usd in sums.items() if usd]


def _cost_rows(record: Record) -> list[tuple[tuple[str | None, str], Decimal]]:
    model, usage = _MODELS[record["model"]], Usage(**record["usage"])
    price = rate(model, usage, datetime.fromisoformat(record["at"]))
    factor = US_FACTOR if record["inference_geo"] == "us" else Decimal(1)
    tokens: dict[str, Decimal] = {
        "input": usage.input * price.input,
        "output": usage.output * price.output,
        "cache_write_5m": usage.cache_write_5m * price.write_5m,
        "cache_write_1h": usage.cache_write_1h * price.write_1h,
        "cache_read": usage.cache_read * price.read,
    }
    rows: list[tuple[tuple[str | None, str], Decimal]] = [
        ((model.id, kind), amount * factor / PER) for kind, amount in tokens.items()
    ]
    return [*rows, ((None, "web_search"), usage.web_searches * WEB_SEARCH_USD)]


def _cost(model: str | None, kind: str | None, usd: Decimal) -> dict[str, Any]:
    token_type = _TOKEN_TYPES.get(kind or "")
    return {
        "amount": format(usd * 100, "f"),
        "currency": "USD",
        "cost_type": None if kind is None else "tokens" if token_type else "web_search",
        "token_type": token_type,
        "model": model,
        "description": None if kind is None else f"{model or 'Web search'} usage: {kind}",
        "workspace_id": None,
        "service_tier": "standard" if token_type else None,
        "context_window": None,
        "inference_geo": None,
    }


def _of(day: date, records: list[Record]) -> list[Record]:
    return [record for record in records if datetime.fromisoformat(record["at"]).astimezone(UTC).date() == day]


def _bucket(day: date, results: Results) -> dict[str, Any]:
    following = day + timedelta(days=1)
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{following}T00:00:00Z", "results": results}


def _day(asked: Mapping[str, str], name: str) -> date:
    try:
        return datetime.fromisoformat(asked[name]).astimezone(UTC).date()
    except KeyError:
        raise invalid(f"{name}: Field required") from None
    except ValueError:
        raise invalid(f"{name}: Input should be a valid datetime") from None


REPORTS: dict[str, tuple[Callable[[list[Record], set[str]], Results], frozenset[str]]] = {
    "/v1/organizations/usage_report/messages": (_usage, frozenset({"model", "workspace_id", "api_key_id"})),
    "/v1/organizations/cost_report": (_costs, frozenset({"description", "workspace_id"})),
}
"""The reports' paths, what makes their results of a day's records, and what they can be grouped by."""
