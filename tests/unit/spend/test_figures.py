"""A figure that a model declares is in the JSON, the CSV, the page's tables and the list of fields."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from model_router.adapters.report_pages.parts.figures import Source
from model_router.adapters.report_pages.parts.rendering import columns_of, facts, listing
from model_router.domain.spend.amounts import Interval, rate
from model_router.domain.spend.figures import INLINE, Figure, as_json, declared, to_csv

D = Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    cost_usd: Annotated[Decimal, Figure("Spent", "money")]
    price_usd: Annotated[Decimal, Figure("Price", "price")]


@dataclass(frozen=True, slots=True)
class Row:
    team: Annotated[str, Figure("Team", "text")]
    costs: Annotated[Costs, INLINE]
    over: Annotated[bool, Figure("Verdict", "alert", words=("over", "within"))]
    interval: Annotated[Interval | None, Figure("95% interval", "share")]


@dataclass(frozen=True, slots=True)
class Section:
    from_: str
    total_usd: Annotated[Decimal | None, Figure("Total", "money", "All teams.")]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Report:
    teams: Section


ROW = Row("a", Costs(D("1.50"), D("0.50")), over=True, interval=Interval(D(1) / 3, D(0), D("0.5")))
REPORT = Report(Section("2026-11-16", None, [ROW]))


def test_the_json_has_the_fields_in_their_order() -> None:
    row = {
        "team": "a",
        "cost_usd": D("1.5"),
        "price_usd": D("0.50"),
        "over": True,
        "interval": {"value": D("0.333333"), "low": D(0), "high": D("0.5")},
    }
    assert as_json(REPORT) == {"teams": {"from": "2026-11-16", "total_usd": None, "rows": [row]}}
    assert list(as_json(ROW)) == list(row)


def test_amounts_lose_trailing_zeros_and_prices_do_not() -> None:
    costs = as_json(ROW.costs)
    assert [str(value) for value in costs.values()] == ["1.5", "0.50"]


def test_an_interval_of_money_keeps_twelve_places_and_a_rate_its_number() -> None:
    @dataclass(frozen=True, slots=True)
    class Measured:
        cost: Annotated[Interval, Figure("Cost", "money")]

    assert as_json(Measured(Interval(D(1) / 3, D(0), D(1))))["cost"]["value"] == D("0.333333333333")
    assert as_json(rate(1, 2))["n"] == 2
    assert as_json(rate(0, 0)) is None


def test_the_csv_has_a_row_for_each_figure() -> None:
    assert to_csv(as_json(REPORT)).splitlines()[1:] == [
        "teams,,from,2026-11-16",
        "teams,,total_usd,",
        "teams.rows,a,cost_usd,1.5",
        "teams.rows,a,price_usd,0.50",
        "teams.rows,a,over,true",
        "teams.rows,a,interval.value,0.333333",
        "teams.rows,a,interval.low,0",
        "teams.rows,a,interval.high,0.5",
    ]


def test_the_declared_figures_are_listed_with_their_places() -> None:
    assert [one.path for one in declared(Report)] == [
        "teams/total_usd",
        "teams/rows/*/team",
        "teams/rows/*/cost_usd",
        "teams/rows/*/price_usd",
        "teams/rows/*/over",
        "teams/rows/*/interval",
    ]


def test_the_tables_have_a_column_or_a_row_for_each_figure() -> None:
    source = Source(as_json(REPORT)).inside("teams")
    table = listing(source.each("rows"), columns_of(Row), "teams", "Teams")
    assert table.columns == ["Team", "Spent", "Price", "Verdict", "95% interval"]
    [cells] = table.rows
    assert (cells[0].content, cells[3].content, cells[3].tone) == ("a", "over", "bad")
    assert getattr(cells[1].content, "text", "") == "$1.50"
    [[heading, total]] = facts([(source, Section)], "total", "Total").rows
    assert (heading.content, getattr(total.content, "text", "")) == ("Total", "–")
