"""The analytics reports of usage and cost: a row for each day and group, in pages of rows.

Source: the request and response types of Anthropic's SDK 2.14 for `/v1/organizations/analytics` (beta).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from devtools.claude_standin.admin.reports import (
    DIMENSIONS,
    KEY_PREFIX,
    TOKEN_TYPES,
    Query,
    counts,
    day_asked,
    paid_by,
    records_of,
    used_by,
)
from devtools.claude_standin.billing.invoice import Record
from devtools.claude_standin.errors import ApiError, invalid

BETA = "analytics-usage-cost-2026-08-24"
DEFAULT_ROWS, MOST_ROWS, MOST_DIMENSIONS = 20, 1000, 5
Rows = Iterator[dict[str, Any]]


def report(path: str, query: Query, headers: Mapping[str, str], records: list[Record]) -> dict[str, Any]:
    """A page of one of the two reports.

    Raises:
        ApiError: 401 unless the key is an admin key, 400 without the beta header or for parameters that the API would
        not take.
    """
    if not headers.get("x-api-key", "").startswith(KEY_PREFIX):
        raise ApiError(401, "invalid x-api-key")
    if BETA not in headers.get("anthropic-beta", ""):
        raise invalid(f"anthropic-beta: this endpoint is in beta: send {BETA}")
    rows_of, extra = REPORTS[path]
    asked, wanted = dict(query), {value for name, value in query if name == "group_by[]"}
    if not wanted <= {*DIMENSIONS, *extra, "workspace_id"} or len(wanted - extra) > MOST_DIMENSIONS:
        raise invalid(f"group_by: at most {MOST_DIMENSIONS} of {', '.join(DIMENSIONS)}")
    if asked.get("time_bucket_width") != "1d":
        raise invalid("time_bucket_width: the stand-in counts by days: '1d'")
    limit, start = int(asked.get("limit", DEFAULT_ROWS)), int(asked.get("page", "0"))
    if not 1 <= limit <= MOST_ROWS:
        raise invalid(f"limit: Input should be from 1 to {MOST_ROWS}")
    first, end = day_asked(asked, "starting_at"), day_asked(asked, "ending_at")
    days = [first + timedelta(days=place) for place in range(max(0, (end - first).days))]
    rows = [_dated(day, row) for day in days for row in rows_of(records_of(day, records), wanted)]
    more = len(rows) > start + limit
    return {
        "data": rows[start : start + limit],
        "has_more": more,
        "next_page": str(start + limit) if more else None,
        "data_refreshed_at": f"{end}T00:00:00Z",
    }


def _usage(records: list[Record], wanted: set[str]) -> Rows:
    for group, used in used_by(records, wanted).items():
        total = sum(used.values()) - used["web_searches"]
        yield {"group": dict(group), "usage": {**counts(used), "total_tokens": total, "requests": None}}


def _costs(records: list[Record], wanted: set[str]) -> Rows:
    for (group, kind), usd in paid_by(records, wanted).items():
        token_type = TOKEN_TYPES.get(kind)
        types = {"cost_type": "tokens" if token_type else "web_search", "token_type": token_type}
        cents = format(usd * 100, "f")
        cost = {"amount": cents, "list_amount": cents, "currency": "USD", "requests": None}
        yield {"group": {**dict(group), **types}, "cost": cost}


def _dated(day: date, row: dict[str, Any]) -> dict[str, Any]:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + timedelta(days=1)}T00:00:00Z", **row}


REPORTS: dict[str, tuple[Callable[[list[Record], set[str]], Rows], set[str]]] = {
    "/v1/organizations/analytics/usage": (_usage, set()),
    "/v1/organizations/analytics/cost": (_costs, {"cost_type", "token_type"}),
}
"""The reports' paths, what makes their rows of a day's records, and the groups that do not count towards the most."""
