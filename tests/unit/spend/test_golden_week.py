"""The golden week: every figure of the report is the one worked out by hand in `tests/support/golden_week.py`."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.golden_week import WEEK, golden_week, only_failures, week_before
from tests.support.spend import totals_of

from model_router.domain.json_codec import dumps
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.report import weekly_report

EXPECTED = Path(__file__).parents[2] / "data" / "golden_week" / "report.json"
AFTER = date(2026, 11, 23)
D = Decimal


def read_back(this: Totals, last: Totals, today: date = AFTER) -> dict[str, Any]:
    report = weekly_report(WEEK, this, last, today=today, memory_megabytes=512)
    found: dict[str, Any] = json.loads(dumps(as_json(report)), parse_float=Decimal)
    return found


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return read_back(totals_of(golden_week()), totals_of(week_before()))


def test_every_figure_is_as_checked_by_hand(report: dict[str, Any]) -> None:
    assert report == json.loads(EXPECTED.read_text(encoding="utf-8"), parse_float=Decimal)


def test_the_amounts_are_those_of_the_table(report: dict[str, Any]) -> None:
    # .0015 + .012 + .045 + .0595 + .0075 + .033 + .0135 + 0 + 0 + .0015
    assert report["totals"]["cost_usd"] == D("0.1735")
    # .0075 + .015 + .075 + .0595 + .0075 + .033 + .0225, and with the tokenizer's 1.3 where it was not Opus
    assert (report["baseline"]["low_usd"], report["baseline"]["high_usd"]) == (D("0.22"), D("0.256"))
    assert (report["baseline"]["saved_low_usd"], report["baseline"]["saved_high_usd"]) == (D("0.0465"), D("0.0825"))
    # .0465 / .22 and .0825 / .256
    assert report["headline"]["saved_share_low"]["value"] == D("0.211364")
    assert report["headline"]["saved_share_high"]["value"] == D("0.322266")
    assert report["baseline"]["cache_saving_usd"] == D("0.0405")
    # 9,000 of 22,000 + 9,000 prompt tokens
    assert report["totals"]["cache_read_share"] == D("0.290323")


def test_unknown_costs_are_kept_apart(report: dict[str, Any]) -> None:
    assert report["unknown"] == {"calls": 1, "at_most_usd": D("0.02")}
    assert report["unsettled"] == {
        "open": 1,
        "abandoned": 1,
        "calls": 2,
        "known_cost_usd": D("0.0015"),
        "at_most_usd": D("0.6"),
    }
    assert report["totals"]["at_most_usd"] == D("0.1735") + D("0.62")
    assert report["baseline"]["saved_worst_usd"] == D("0.0465") - D("0.62")


def test_escalations_fallbacks_and_failures_are_distinguished(report: dict[str, Any]) -> None:
    # Eligible: G1, G2, G3, G4, G7, G10; escalated: G2 and G10, whose second attempt is still running.
    found = report["escalations"]
    assert (found["eligible"], found["escalated"], found["rate"]) == (6, 2, D("0.333333"))
    assert (found["cost_usd"], found["wasted_usd"]) == (D("0.009"), D("0.003"))
    assert report["fallbacks"] == {"requests": 1, "calls": 1, "cost_usd": D("0.0135")}
    assert report["failed"] == {"calls": 2, "cost_usd": 0, "unknown_bound_usd": D("0.02")}


def test_quality_is_of_first_answers_and_its_fall_is_flagged(report: dict[str, Any]) -> None:
    row = next(row for row in report["quality"]["by_task"] if row["task"] == "classification")
    assert (row["checked"], row["passed"], row["last_week"], row["change"]) == (3, 1, 1, D("-0.666667"))
    assert row["flagged"] is True
    assert (row["served_checked"], row["served_passed"], row["feedback"]) == (3, 2, D("0.9"))


@pytest.mark.parametrize("section", ["by_day", "by_tier", "by_model", "by_task", "by_client"])
def test_every_breakdown_adds_up_to_the_spend(report: dict[str, Any], section: str) -> None:
    assert sum(row["cost_usd"] for row in report[section]) == report["totals"]["cost_usd"]
    assert sum(row["calls"] for row in report[section]) == report["totals"]["calls"]
    assert sum(row["requests"] for row in report[section]) == report["totals"]["requests"]


def test_a_day_and_its_tiers_add_up(report: dict[str, Any]) -> None:
    for row in report["by_day"]:
        assert sum(row["cost_by_tier"].values()) == row["cost_usd"]


def test_an_empty_week_has_no_figures_rather_than_zeros_to_compare_with() -> None:
    report = read_back(Totals(), Totals())
    assert all(line["value"] is None and line["change"] is None for line in report["headline"].values())
    assert report["totals"]["requests"] == 0
    assert report["totals"]["cost_per_request_usd"] is None
    assert [row["cost_usd"] for row in report["by_day"]] == [0] * 7
    assert report["escalations"]["rate"] is None
    assert report["canary"]["verdict"] == "hold"
    assert report["aws_bill"]["share_of_saving"] is None


def test_one_request() -> None:
    report = read_back(totals_of(golden_week()[:1]), Totals())
    assert report["headline"]["spent_usd"] == {
        "value": D("0.0015"),
        "last_week": None,
        "change": None,
        "change_share": None,
    }
    assert report["quality"]["pass_rate"] == 1
    assert report["headline"]["escalation_rate"]["value"] == 0


def test_a_week_of_only_failures() -> None:
    report = read_back(totals_of(only_failures()), Totals())
    assert (report["totals"]["requests"], report["totals"]["answered"], report["totals"]["cost_usd"]) == (3, 0, 0)
    assert report["unknown"] == {"calls": 1, "at_most_usd": D("0.25")}
    assert report["headline"]["saved_share_low"]["value"] is None
    assert report["baseline"]["saved_worst_usd"] == D("-0.25")
    assert report["escalations"]["rate"] is None
    assert report["latency"]["by_tier"] == [
        {"tier": "haiku", "calls": 0, "p50_ms": None, "p95_ms": None},
        {"tier": "opus", "calls": 0, "p50_ms": None, "p95_ms": None},
    ]


def test_a_week_that_is_not_over_is_projected_from_its_days_so_far() -> None:
    report = read_back(totals_of(golden_week()[:2]), Totals(), today=date(2026, 11, 17))
    assert report["finished"] is False
    assert report["through"] == "2026-11-17"
    # .0135 in two days of a month of thirty
    assert report["projection"]["spent_usd"] == D("0.2025")
