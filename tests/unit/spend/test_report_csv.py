"""The CSV holds every figure of the JSON, and its sums are the JSON's."""

import csv
import io
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.golden_week import WEEK, golden_week, week_before
from tests.support.spend import totals_of
from tests.support.weekly_sample import SAMPLE

from model_router.domain.json_codec import dumps
from model_router.domain.spend.figures import as_json, to_csv
from model_router.domain.spend.weekly.report import WeeklyReport, weekly_report


def figures(value: Any) -> list[Decimal]:
    """Every number in a JSON value."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in figures(part)]
    if isinstance(value, list):
        return [number for part in value for number in figures(part)]
    return [Decimal(value)] if isinstance(value, int | Decimal) and not isinstance(value, bool) else []


@pytest.fixture(scope="module", params=["golden", "sample"])
def report(request: pytest.FixtureRequest) -> dict[str, Any]:
    """As the page gets it; that the sample is what the code makes is test_sample's."""
    this = dumps(as_json(_golden_report())) if request.param == "golden" else SAMPLE.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(this, parse_float=Decimal)
    return found


def _golden_report() -> WeeklyReport:
    totals = totals_of(golden_week()), totals_of(week_before())
    return weekly_report(WEEK, *totals, today=date(2026, 11, 23), memory_megabytes=512)


@pytest.fixture(scope="module")
def rows(report: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(report))))


def column(rows: list[dict[str, str]], section: str, metric: str) -> Decimal:
    return sum(
        (Decimal(row["value"]) for row in rows if (row["section"], row["metric"]) == (section, metric)), Decimal(0)
    )


@pytest.mark.parametrize("section", ["by_day", "by_tier", "by_model", "by_task", "by_client"])
@pytest.mark.parametrize("metric", ["cost_usd", "requests", "calls"])
def test_its_sums_are_the_jsons_totals(
    report: dict[str, Any], rows: list[dict[str, str]], section: str, metric: str
) -> None:
    assert column(rows, section, metric) == report["totals"][metric]


def test_every_number_of_the_json_is_a_row(report: dict[str, Any], rows: list[dict[str, str]]) -> None:
    told = [row["value"] for row in rows]
    missing = [number for number in figures(report) if str(number) not in told]
    assert missing == []


def test_no_two_rows_say_different_things_of_the_same(rows: list[dict[str, str]]) -> None:
    places = [(row["section"], row["key"], row["metric"]) for row in rows]
    assert len(set(places)) == len(places)


def test_a_name_that_a_spreadsheet_would_run_is_text() -> None:
    report = {"by_client": [{"client": '=HYPERLINK("http://x")', "cost_usd": Decimal(-1)}]}
    assert to_csv(report).splitlines()[1] == """by_client,"'=HYPERLINK(""http://x"")",cost_usd,-1"""


#: What spreadsheets take for the start of a formula, or leave out before one.
STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
names = st.tuples(st.sampled_from([*STARTS, "a", ""]), st.text(max_size=5)).map("".join)
values = st.recursive(
    names | st.none() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.dictionaries(names, inner, min_size=1, max_size=3)
        | st.lists(st.dictionaries(names, inner, min_size=1, max_size=3), max_size=3)
    ),
    max_leaves=10,
)


@given(st.dictionaries(names, values, max_size=4))
def test_no_text_in_any_place_of_a_report_is_a_formula(report: dict[str, Any]) -> None:
    for row in csv.reader(io.StringIO(to_csv(report))):
        for cell in row:
            assert not cell.startswith(tuple(STARTS)) or is_number(cell)


def is_number(cell: str) -> bool:
    try:
        Decimal(cell)
    except ArithmeticError:
        return False
    return True
