"""The stand-in's Usage and Cost reports come from its invoice and have the Admin API's shape."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from devtools.claude_standin.admin.reports import report
from devtools.claude_standin.billing.invoice import Billed
from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.models import TABLE

USAGE, COST = "/v1/organizations/usage_report/messages", "/v1/organizations/cost_report"
KEY = {"x-api-key": "sk-ant-admin01-test"}
HAIKU = next(model for model in TABLE if model.id.startswith("claude-haiku-4-5"))


def record(day: int, usage: Usage, geo: str | None = None) -> dict[str, Any]:
    at = datetime(2026, 11, day, 23, 59, tzinfo=UTC)
    return Billed(
        request_id=f"req_{day}", attempt_id=None, model=HAIKU, usage=usage, inference_geo=geo, at=at, status="completed"
    ).record()


RECORDS = [record(20, Usage(10, 2, web_searches=1)), record(21, Usage(100, 20, 3, 4, 5)), record(21, Usage(1, 1))]


def asked(path: str, first: int = 21, end: int = 22, **more: str) -> Any:
    query = [("starting_at", f"2026-11-{first}T00:00:00Z"), ("ending_at", f"2026-11-{end}T00:00:00Z")]
    group = [("group_by[]", "model" if path == USAGE else "description")]
    return report(path, [*query, *group, *more.items()], KEY, RECORDS)


def test_a_days_usage_is_summed_by_model() -> None:
    [bucket] = asked(USAGE)["data"]
    assert (bucket["starting_at"], bucket["ending_at"]) == ("2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z")
    [found] = bucket["results"]
    assert found["model"] == HAIKU.id
    assert (found["uncached_input_tokens"], found["output_tokens"], found["cache_read_input_tokens"]) == (101, 21, 5)
    assert found["cache_creation"] == {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4}


def test_costs_are_cents_by_kind_and_add_up_to_the_invoice() -> None:
    results = [result for bucket in asked(COST, 20, 22)["data"] for result in bucket["results"]]
    cents = sum(Decimal(result["amount"]) for result in results)
    assert cents == 100 * sum(Decimal(record["cost_usd"]) for record in RECORDS)
    assert {result["token_type"] for result in results} >= {None, "output_tokens", "uncached_input_tokens"}
    [search] = [result for result in results if result["cost_type"] == "web_search"]
    assert (search["model"], Decimal(search["amount"])) == (None, Decimal(1))


def test_us_inference_is_in_the_costs() -> None:
    sonnet = next(model for model in TABLE if model.id == "claude-sonnet-4-6")
    at = datetime(2026, 11, 21, tzinfo=UTC)
    billed = Billed(
        request_id="r", attempt_id=None, model=sonnet, usage=Usage(1000), inference_geo="us", at=at, status="completed"
    ).record()
    period = [("starting_at", "2026-11-21T00:00:00Z"), ("ending_at", "2026-11-22T00:00:00Z")]
    [bucket] = report(COST, period, KEY, [billed])["data"]
    assert [Decimal(result["amount"]) for result in bucket["results"]] == [Decimal(billed["cost_usd"]) * 100]


def test_days_come_in_pages() -> None:
    first = asked(USAGE, 20, 23, limit="2")
    assert ([bucket["starting_at"][8:10] for bucket in first["data"]], first["has_more"]) == (["20", "21"], True)
    second = asked(USAGE, 20, 23, limit="2", page=first["next_page"])
    assert ([bucket["starting_at"][8:10] for bucket in second["data"]], second["has_more"]) == (["22"], False)
    assert second["data"][0]["results"] == []


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ([("starting_at", "2026-11-21T00:00:00Z")], {"x-api-key": "sk-ant-api03-x"}, 401),
        ([], KEY, 400),
        ([("starting_at", "yesterday"), ("ending_at", "today")], KEY, 400),
        ([("group_by[]", "colour")], KEY, 400),
    ],
)
def test_what_the_api_would_refuse_is_refused(
    query: list[tuple[str, str]], headers: dict[str, str], status: int
) -> None:
    with pytest.raises(ApiError) as refused:
        report(USAGE, query, headers, RECORDS)
    assert refused.value.status == status
