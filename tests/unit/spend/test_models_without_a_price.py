"""Models that the catalog lacks, in the weekly report: named, counted, bounded, and displacing nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

from tests.support.golden_week import WEEK
from tests.support.records import attempt, record
from tests.support.spend import facts, merge

from model_router.adapters.report_pages.weekly.page import render_weekly
from model_router.domain.catalog import UNLISTED
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.totals.totals import MAX_UNLISTED_MODELS, REST, UNLISTED_MODELS, Totals
from model_router.domain.spend.weekly.report import weekly_report


def totals_of(*models: str, listed: int = 0) -> Totals:
    totals = Totals()
    for _ in range(listed):
        totals.add(facts(record(attempt(1))))
    for model in models:
        found = facts(record(attempt(1, UNLISTED, cost=None), arm="pinned", model=model))
        found.attempts[0].model = model
        totals.add(found)
    return totals


def report(totals: Totals) -> Any:
    return as_json(weekly_report(WEEK, totals, Totals(), today=date(2026, 11, 23), memory_megabytes=512))


def test_the_report_names_them_with_their_calls_and_the_bound_highest_first() -> None:
    rows = report(totals_of("claude-b", "claude-a", "claude-b", listed=3))["unlisted_models"]
    assert [(row["model"], row["calls"], row["unknown"], row["unknown_bound_usd"]) for row in rows] == [
        ("claude-b", 2, 2, 1),
        ("claude-a", 1, 1, Decimal("0.5")),
    ]


def test_among_the_models_they_are_one_row_so_that_the_rows_add_up() -> None:
    told = report(totals_of("claude-a", "claude-b", listed=3))
    assert {row["model"]: row["calls"] for row in told["by_model"]}[UNLISTED_MODELS] == 2
    assert sum(row["calls"] for row in told["by_model"]) == told["totals"]["calls"] == 5


def test_made_up_names_displace_no_model_and_are_bounded() -> None:
    totals = totals_of(*(f"made-up-{number}" for number in range(1500)), listed=1)
    told = report(totals)
    assert len(told["by_model"]) == 2
    assert len(told["unlisted_models"]) == MAX_UNLISTED_MODELS + 1
    assert told["unlisted_models"][-1]["model"] == REST
    assert sum(row["calls"] for row in told["unlisted_models"]) == 1500


def test_days_are_merged_and_read_back_as_they_were() -> None:
    totals = merge(totals_of("claude-a"), totals_of("claude-b", "claude-a"))
    assert totals == totals_of("claude-a", "claude-b", "claude-a") == Totals.from_json(totals.to_json())


def test_the_page_says_so_and_escapes_the_names() -> None:
    page = render_weekly(report(totals_of("<script>")))
    assert "Models without a price." in page
    assert "The catalog has no price for <bdi>&lt;script&gt;</bdi>" in page
    assert "unlisted-models" in page
    assert "unlisted-models" not in render_weekly(report(totals_of(listed=1)))
