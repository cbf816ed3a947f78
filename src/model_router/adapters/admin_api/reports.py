"""Reads one day of Anthropic's usage and cost reports: tokens and USD by model, mode and kind of token.

The analytics reports come first. If the key may not read them, the Admin API's legacy reports are read. Amounts are
decimal texts in cents. The legacy cost report does not contain Priority Tier, the usage report does.

Sources: Anthropic's API reference, "Get Messages Usage Report" and "Get Cost Report" (read 2026-11-23), and the request
and response types of its SDK 2.14 for `/v1/organizations/analytics` (beta).
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from model_router.domain.reconciliation.ports import AdminApiFailed
from model_router.domain.reconciliation.sides import ANY_MODEL, SEARCHES, Kind, Side, mode

_CENTS = -2
_KIND_OF_TOKEN: Mapping[str, Kind] = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
    "cache_read_input_tokens": "cache_read",
}


def add_usage(side: Side, group: Mapping[str, Any], usage: Mapping[str, Any]) -> None:
    """Adds a usage row: tokens and searches of a model in a mode. Raises KeyError if the row lacks a field."""
    model, mode_of_use = group["model"] or ANY_MODEL, _mode(group)
    amounts: Mapping[Kind, Any] = {
        "input": usage["uncached_input_tokens"],
        "output": usage["output_tokens"],
        "cache_write_5m": usage["cache_creation"]["ephemeral_5m_input_tokens"],
        "cache_write_1h": usage["cache_creation"]["ephemeral_1h_input_tokens"],
        "cache_read": usage["cache_read_input_tokens"],
        "web_search": (usage.get("server_tool_use") or {}).get("web_search_requests") or 0,
    }
    for kind, amount in amounts.items():
        side.amounts[model, mode_of_use, kind] += int(amount)


def add_cost(side: Side, group: Mapping[str, Any], amount: str, currency: str) -> None:
    """Adds a cost row. `amount` is a decimal text in cents. Raises ValueError if the currency is not USD."""
    usd = Decimal(amount).scaleb(_CENTS)
    if currency != "USD":
        raise ValueError(f"an amount in {currency}")
    match group["cost_type"]:
        case "tokens":
            side.usd[group["model"] or ANY_MODEL, _mode(group), _KIND_OF_TOKEN[group["token_type"]]] += usd
        case "web_search":
            side.usd[SEARCHES] += usd
        case _:
            return  # code execution and sessions: the router makes no such calls


def _mode(group: Mapping[str, Any]) -> str:
    # The legacy cost report shows the speed only in its description.
    fast = "fast" in str(group.get("speed") or group.get("description") or "").lower()
    batch = str(group.get("service_tier") or "").startswith("batch") or group.get("product") == "message_batches_api"
    return mode(batch=batch, fast=fast, us=group.get("inference_geo") == "us")


_USAGE = "/v1/organizations/usage_report/messages"
_COST = "/v1/organizations/cost_report"
_ANALYTICS_USAGE = "/v1/organizations/analytics/usage"
_ANALYTICS_COST = "/v1/organizations/analytics/cost"
#: The beta header of each report. The legacy usage report needs one to be grouped by speed.
_BETAS = {
    _ANALYTICS_USAGE: "analytics-usage-cost-2026-08-24",
    _ANALYTICS_COST: "analytics-usage-cost-2026-08-24",
    _USAGE: "fast-mode-2026-02-01",
}
_MODES = ("model", "service_tier", "inference_geo", "speed")
_VERSION = "2023-06-01"
_TIMEOUT_SECONDS = 30
_TRIES = 3
_MAX_PAGES = 1000
_MAX_ROWS = "1000"
Parameters = list[tuple[str, str]]


class _Refused(AdminApiFailed):
    """The API refused the request: no retry helps."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class AnthropicAdmin:
    """The `AdminReports` port, for one workspace or, if `workspace` is None, for the whole organization."""

    def __init__(
        self,
        api_key: Callable[[], str],
        base_url: str,
        *,
        workspace: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not base_url.startswith(("https://", "http://")):
            raise ValueError("the Admin API's address must start with http:// or https://")
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._workspace = workspace
        self._sleep = sleep

    def side(self, day: date) -> Side:
        try:
            return self._analytics(day)
        except _Refused as error:
            # Keys without `read:analytics`, HIPAA organizations and gateways have no analytics reports.
            if error.status not in (400, 403, 404):
                raise
        return self._legacy(day)

    def _analytics(self, day: date) -> Side:
        side = Side()
        query = [*_period(day, "time_bucket_width"), ("limit", _MAX_ROWS), *_grouped(*_MODES), *self._workspaces]
        with _as_documented(day):
            for row in self._rows(_ANALYTICS_USAGE, query):
                add_usage(side, row["group"], row["usage"])
            for row in self._rows(_ANALYTICS_COST, [*query, *_grouped("cost_type", "token_type")]):
                # The ledger uses list prices, so that a discount does not appear as drift.
                add_cost(side, row["group"], row["cost"]["list_amount"], row["cost"]["currency"])
        return side

    def _legacy(self, day: date) -> Side:
        side = Side()
        usage_query = [*_period(day, "bucket_width"), *_grouped(*_MODES), *self._workspaces]
        with _as_documented(day):
            for result in self._results(_USAGE, usage_query):
                add_usage(side, result, result)
            for result in self._costs(day):
                add_cost(side, result, result["amount"], result["currency"])
        return side

    @property
    def _workspaces(self) -> Parameters:
        return [("workspace_ids[]", self._workspace)] if self._workspace else []

    def _costs(self, day: date) -> Iterator[Mapping[str, Any]]:
        query = [*_period(day, "bucket_width"), *_grouped("description")]
        if self._workspace is None:
            return self._results(_COST, query)
        # This report has no filter by workspace. Grouped by workspace, each row names its own.
        rows = self._results(_COST, [*query, *_grouped("workspace_id")])
        return (row for row in rows if row["workspace_id"] == self._workspace)

    def _results(self, path: str, query: Parameters) -> Iterator[Mapping[str, Any]]:
        for bucket in self._rows(path, query):
            yield from bucket["results"]

    def _rows(self, path: str, query: Parameters) -> Iterator[Mapping[str, Any]]:
        page: Parameters = []
        for _ in range(_MAX_PAGES):
            answer = self._get(f"{self._base_url}{path}?{urlencode(query + page)}", path)
            yield from answer["data"]
            if not answer["has_more"]:
                return
            page = [("page", answer["next_page"])]
        raise AdminApiFailed(f"GET {path} has more than {_MAX_PAGES} pages for one day")

    def _get(self, address: str, path: str) -> Mapping[str, Any]:
        headers = {"x-api-key": self._api_key(), "anthropic-version": _VERSION, "accept": "application/json"}
        if path in _BETAS:
            headers["anthropic-beta"] = _BETAS[path]
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http(s), by the constructor
        for number in range(1, _TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
                    answer: Mapping[str, Any] = json.loads(response.read(), parse_float=Decimal)
                    return answer
            except urllib.error.HTTPError as error:
                error.close()
                failure: AdminApiFailed = _refusal(path, error.code)
                if error.code != 429 and error.code < 500:
                    raise failure from None
            except (OSError, HTTPException) as error:
                failure = AdminApiFailed(f"GET {path}: {type(error).__name__}")
            if number < _TRIES:
                self._sleep(2.0**number)
        raise failure


@contextmanager
def _as_documented(day: date) -> Iterator[None]:
    """Raises AdminApiFailed if a report lacks a field or a field has another type."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise AdminApiFailed(f"the Admin API's report of {day} is not as documented: {error!r}") from None


def _period(day: date, width: str) -> Parameters:
    following = day + timedelta(days=1)
    return [
        ("starting_at", f"{day.isoformat()}T00:00:00Z"),
        ("ending_at", f"{following.isoformat()}T00:00:00Z"),
        (width, "1d"),
    ]


def _grouped(*dimensions: str) -> Parameters:
    return [("group_by[]", dimension) for dimension in dimensions]


def _refusal(path: str, status: int) -> _Refused:
    if status in (401, 403):
        return _Refused(
            f"GET {path}: {status}: the admin key was refused. It must be an Admin API key of the organization "
            "(sk-ant-admin…), stored by `router key set --admin`.",
            status,
        )
    return _Refused(f"GET {path}: status {status}", status)
