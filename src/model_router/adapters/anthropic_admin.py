"""Anthropic's Usage and Cost Admin API, by plain HTTP: one day's usage by model, and its cost by model and kind.

Source: Anthropic's API reference, "Get Messages Usage Report" and "Get Cost Report" (read 2026-11-23). Amounts are
decimal texts in cents. Priority Tier is in the usage and not in the cost report.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from model_router.domain.reconciliation.kinds import Kind
from model_router.domain.reconciliation.ports import AdminApiFailed
from model_router.domain.reconciliation.sides import ANY_MODEL, Side

_USAGE = "/v1/organizations/usage_report/messages"
_COST = "/v1/organizations/cost_report"
_VERSION = "2023-06-01"
_TIMEOUT_SECONDS = 30
_TRIES = 3
_MAX_PAGES = 1000
_CENTS = -2
_KIND_OF_TOKEN: Mapping[str, Kind] = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
    "cache_read_input_tokens": "cache_read",
}
Parameters = list[tuple[str, str]]


class AnthropicAdmin:
    """The `AdminReports` port. `workspace`: only what this workspace used; None: the whole organization."""

    def __init__(
        self,
        api_key: Callable[[], str],
        base_url: str,
        *,
        workspace: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not base_url.startswith(("https://", "http://")):
            raise ValueError("the Admin API's address must be an http(s) one")
        self._api_key = api_key
        self._base_url = base_url.rstrip("/")
        self._workspace = workspace
        self._sleep = sleep

    def side(self, day: date) -> Side:
        side = Side()
        try:
            for result in self._usage(day):
                _add_usage(side, result)
            for result in self._costs(day):
                _add_cost(side, result)
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
            raise AdminApiFailed(f"the Admin API's report of {day} is not as documented: {error!r}") from None
        return side

    def _usage(self, day: date) -> Iterator[Mapping[str, Any]]:
        asked = [*_period(day), ("group_by[]", "model")]
        return self._results(_USAGE, asked + ([("workspace_ids[]", self._workspace)] if self._workspace else []))

    def _costs(self, day: date) -> Iterator[Mapping[str, Any]]:
        asked = [*_period(day), ("group_by[]", "description")]
        if self._workspace is None:
            return self._results(_COST, asked)
        # This report takes no filter by workspace; grouped by it, each row names its own.
        rows = self._results(_COST, [*asked, ("group_by[]", "workspace_id")])
        return (row for row in rows if row["workspace_id"] == self._workspace)

    def _results(self, path: str, asked: Parameters) -> Iterator[Mapping[str, Any]]:
        page: Parameters = []
        for _ in range(_MAX_PAGES):
            answer = self._get(f"{self._base_url}{path}?{urlencode(asked + page)}", path)
            for bucket in answer["data"]:
                yield from bucket["results"]
            if not answer["has_more"]:
                return
            page = [("page", answer["next_page"])]
        raise AdminApiFailed(f"GET {path} has more than {_MAX_PAGES} pages for one day")

    def _get(self, address: str, path: str) -> Mapping[str, Any]:
        headers = {"x-api-key": self._api_key(), "anthropic-version": _VERSION, "accept": "application/json"}
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 - http(s), by the constructor
        for number in range(1, _TRIES + 1):
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
                    answer: Mapping[str, Any] = json.loads(response.read(), parse_float=Decimal)
                    return answer
            except urllib.error.HTTPError as error:
                error.close()
                failure = _refusal(path, error.code)
                if error.code != 429 and error.code < 500:
                    raise failure from None
            except (OSError, HTTPException) as error:
                failure = AdminApiFailed(f"GET {path}: {type(error).__name__}")
            if number < _TRIES:
                self._sleep(2.0**number)
        raise failure


def _period(day: date) -> Parameters:
    following = day + timedelta(days=1)
    return [
        ("starting_at", f"{day.isoformat()}T00:00:00Z"),
        ("ending_at", f"{following.isoformat()}T00:00:00Z"),
        ("bucket_width", "1d"),
    ]


def _add_usage(side: Side, result: Mapping[str, Any]) -> None:
    model = result["model"] or ANY_MODEL
    written = result["cache_creation"]
    side.amounts[model, "input"] += int(result["uncached_input_tokens"])
    side.amounts[model, "output"] += int(result["output_tokens"])
    side.amounts[model, "cache_write_5m"] += int(written["ephemeral_5m_input_tokens"])
    side.amounts[model, "cache_write_1h"] += int(written["ephemeral_1h_input_tokens"])
    side.amounts[model, "cache_read"] += int(result["cache_read_input_tokens"])
    side.amounts[model, "web_search"] += int((result.get("server_tool_use") or {}).get("web_search_requests") or 0)


def _add_cost(side: Side, result: Mapping[str, Any]) -> None:
    usd = Decimal(result["amount"]).scaleb(_CENTS)
    if result["currency"] != "USD":
        raise ValueError(f"an amount in {result['currency']}")
    match result["cost_type"]:
        case "tokens":
            side.usd[result["model"] or ANY_MODEL, _KIND_OF_TOKEN[result["token_type"]]] += usd
        case "web_search":
            side.usd[ANY_MODEL, "web_search"] += usd
        case _:
            return  # code execution and sessions are hours, not messages: no call of the router's has them


def _refusal(path: str, status: int) -> AdminApiFailed:
    if status in (401, 403):
        return AdminApiFailed(
            f"GET {path}: {status}: the admin key was refused. It must be an Admin API key of the organization "
            "(sk-ant-admin…), stored by `router key set --admin`."
        )
    return AdminApiFailed(f"GET {path}: status {status}")
