"""The Usage and Cost Admin API, from the stand-in's own invoice: a day a bucket, amounts in cents as decimal texts.

Source: Anthropic's API reference, "Get Messages Usage Report" and "Get Cost Report" (read 2026-11-23).
`admin_analytics` serves the reports that came after them.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from devtools.claude_standin.billing.invoice import Record, costs
from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.errors import ApiError, invalid
from devtools.claude_standin.models import TABLE, Model

KEY_PREFIX = "sk-ant-admin"
DEFAULT_BUCKETS, MOST_BUCKETS = 7, 31
DIMENSIONS = ("model", "service_tier", "speed", "inference_geo")
_MODELS = {model.id: model for model in TABLE}
TOKEN_TYPES = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    "cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h": "cache_creation.ephemeral_1h_input_tokens",
    "cache_read": "cache_read_input_tokens",
}
Query = list[tuple[str, str]]
Group = tuple[tuple[str, str | None], ...]
Results = list[dict[str, Any]]


def report(path: str, query: Query, headers: Mapping[str, str], records: list[Record]) -> dict[str, Any]:
    """A page of one of the two reports.

    Raises:
        ApiError: 401 unless the key is an admin key, 400 for parameters that the API would not take.
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
    first, end = day_asked(asked, "starting_at"), day_asked(asked, "ending_at")
    start = date.fromisoformat(asked["page"].removeprefix("page_")) if "page" in asked else first
    limit = int(asked.get("limit", DEFAULT_BUCKETS))
    if not 1 <= limit <= MOST_BUCKETS:
        raise invalid(f"limit: Input should be from 1 to {MOST_BUCKETS}")
    days = [start + timedelta(days=place) for place in range(max(0, (end - start).days))]
    more = days[limit:]
    return {
        "data": [_bucket(day, results(records_of(day, records), wanted)) for day in days[:limit]],
        "has_more": bool(more),
        "next_page": f"page_{more[0].isoformat()}" if more else None,
    }


@dataclass(frozen=True, slots=True)
class Line:
    """What one model did in a billed call."""

    model: Model
    usage: Usage
    at: datetime
    inference_geo: str | None
    fast: bool

    def group(self, wanted: set[str]) -> Group:
        """The wanted dimensions; the others are None."""
        own = {
            "model": self.model.id,
            "service_tier": "standard",
            "speed": "fast" if self.fast else "standard",
            "inference_geo": self.inference_geo or ("global" if self.model.inference_geo else "not_available"),
        }
        return tuple((name, value if name in wanted else None) for name, value in own.items())

    def costs(self) -> dict[str, Decimal]:
        """USD by kind of token; of searches under `web_search`."""
        return costs(self.model, self.usage, self.at, self.inference_geo, fast=self.fast)


def lines(records: list[Record]) -> Iterator[Line]:
    """The parts of each model in the billed calls."""
    for record in records:
        at, geo = datetime.fromisoformat(record["at"]), record["inference_geo"]
        yield Line(_MODELS[record["model"]], Usage(**record["usage"]), at, geo, record["fast"])
        for other in record["other_models"]:
            yield Line(_MODELS[other["model"]], Usage(**other["usage"]), at, geo, False)


def used_by(records: list[Record], wanted: set[str]) -> dict[Group, Counter[str]]:
    """Tokens and searches by group."""
    sums: defaultdict[Group, Counter[str]] = defaultdict(Counter)
    for line in lines(records):
        sums[line.group(wanted)].update(line.usage.kinds())
    return sums


def paid_by(records: list[Record], wanted: set[str]) -> dict[tuple[Group, str], Decimal]:
    """USD by group and kind, of the kinds that cost anything."""
    sums: defaultdict[tuple[Group, str], Decimal] = defaultdict(Decimal)
    for line in lines(records):
        for kind, usd in line.costs().items():
            sums[line.group(wanted), kind] += usd
    return {row: usd for row, usd in sums.items() if usd}


def counts(used: Counter[str]) -> dict[str, Any]:
    """The counts of a usage row."""
    return {
        "uncached_input_tokens": used["input"],
        "cache_creation": {
            "ephemeral_5m_input_tokens": used["cache_write_5m"],
            "ephemeral_1h_input_tokens": used["cache_write_1h"],
        },
        "cache_read_input_tokens": used["cache_read"],
        "output_tokens": used["output"],
        "server_tool_use": {"web_search_requests": used["web_searches"]},
    }


def _usage(records: list[Record], wanted: set[str]) -> Results:
    nothing = {"api_key_id": None, "workspace_id": None, "context_window": None}
    return [{**counts(used), **dict(group), **nothing} for group, used in used_by(records, wanted).items()]


def _costs(records: list[Record], wanted: set[str]) -> Results:
    paid = paid_by(records, {"model", "service_tier", "speed", "inference_geo"})
    if "description" not in wanted:
        return [_cost({}, None, sum(paid.values(), Decimal(0)))] if paid else []
    return [_cost(dict(group), kind, usd) for (group, kind), usd in paid.items()]


def _cost(group: dict[str, str | None], kind: str | None, usd: Decimal) -> dict[str, Any]:
    token_type = TOKEN_TYPES.get(kind or "")
    dimensions = group if token_type else {}
    fast = " (fast mode)" if dimensions.get("speed") == "fast" else ""
    return {
        "amount": format(usd * 100, "f"),
        "currency": "USD",
        "cost_type": None if kind is None else "tokens" if token_type else "web_search",
        "token_type": token_type,
        "model": dimensions.get("model"),
        "description": None if kind is None else f"{dimensions.get('model') or 'Web search'} usage: {kind}{fast}",
        "workspace_id": None,
        "service_tier": dimensions.get("service_tier"),
        "context_window": None,
        "inference_geo": dimensions.get("inference_geo"),
    }


def records_of(day: date, records: list[Record]) -> list[Record]:
    """The records of a day (UTC)."""
    return [record for record in records if datetime.fromisoformat(record["at"]).astimezone(UTC).date() == day]


def _bucket(day: date, results: Results) -> dict[str, Any]:
    following = day + timedelta(days=1)
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{following}T00:00:00Z", "results": results}


def day_asked(asked: Mapping[str, str], name: str) -> date:
    """The day of a parameter. Raises ApiError."""
    try:
        return datetime.fromisoformat(asked[name]).astimezone(UTC).date()
    except KeyError:
        raise invalid(f"{name}: Field required") from None
    except ValueError:
        raise invalid(f"{name}: Input should be a valid datetime") from None


REPORTS: dict[str, tuple[Callable[[list[Record], set[str]], Results], frozenset[str]]] = {
    "/v1/organizations/usage_report/messages": (_usage, frozenset({*DIMENSIONS, "workspace_id", "api_key_id"})),
    "/v1/organizations/cost_report": (_costs, frozenset({"description", "workspace_id"})),
}
"""The reports' paths, what makes their results of a day's records, and what they can be grouped by."""
