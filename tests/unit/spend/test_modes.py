"""Batch, fast mode and region are kept apart in the report, by what the ledger's attempts say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support.golden_week import WEEK
from tests.support.records import attempt, record
from tests.support.spend import totals_of

from model_router.adapters.report_pages.weekly.page import render_weekly
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.report import weekly_report

MODES: dict[str, dict[str, Any]] = {
    "standard": {},
    "batch": {"batch": True},
    "fast": {"fast": True},
    "us": {"inference_geo": "us"},
    "batch us": {"batch": True, "inference_geo": "us"},
    "fast us": {"fast": True, "inference_geo": "us"},
}


def totals(*modes: str) -> Totals:
    calls = [attempt(1, cost="0.25") for _ in modes]
    changed = [replace(call, usage=replace(call.usage, **MODES[mode])) for call, mode in zip(calls, modes, strict=True)]
    return totals_of([record(call) for call in changed])


def report(found: Totals) -> Any:
    return as_json(weekly_report(WEEK, found, Totals(), today=date(2026, 12, 1), memory_megabytes=512))


@pytest.mark.parametrize("mode", MODES)
def test_a_call_counts_for_its_mode(mode: str) -> None:
    [row] = report(totals(mode, mode))["by_mode"]
    assert (row["mode"], row["calls"], row["cost_usd"], row["tokens"]["input"]) == (mode, 2, Decimal("0.5"), 2000)


def test_the_modes_add_up_to_the_spend_and_are_on_the_page() -> None:
    told = report(totals(*MODES, "fast"))
    assert {row["mode"]: row["calls"] for row in told["by_mode"]} == {**dict.fromkeys(MODES, 1), "fast": 2}
    assert sum(row["cost_usd"] for row in told["by_mode"]) == told["totals"]["cost_usd"]
    assert "Spend by batch, fast mode and region" in render_weekly(told)


def test_stored_totals_keep_them() -> None:
    found = totals(*MODES)
    assert Totals.from_json(found.to_json()) == found
