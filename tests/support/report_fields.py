"""The list of report fields in `docs/report-fields.md`; run as a module, it writes the page again."""

from pathlib import Path
from typing import Any

from model_router.domain.spend.figures import Figure, declared
from model_router.domain.spend.monthly.review import MonthlyReview
from model_router.domain.spend.weekly.report import WeeklyReport

PAGE = Path(__file__).parents[2] / "docs" / "report-fields.md"
_HEAD = """# Report fields

Every figure of the reports' JSON, as the models in `src/model_router/domain/spend` declare it. This page is generated:
`python -m tests.support.report_fields` writes it again.

Money is in USD and exact, per-request money to twelve decimal places. Shares and rates are 0 to 1, to six places. An
interval is `{value, low, high}` with 95 % bounds; `n` is the number of cases that it is based on. A figure is null
where there is nothing to divide by. `*` stands for each row of a list. Rows are sorted by spend, the highest first;
days are sorted by date.
"""


def page_text() -> str:
    weekly = _section("Weekly report: `report.json`, `report.csv`", WeeklyReport)
    return _HEAD + weekly + _section("Monthly review: `review.json`", MonthlyReview)


def _section(title: str, model: Any) -> str:
    rows = [_row(one.path.replace("/", "."), one.figure) for one in declared(model)]
    return "\n".join(["", f"## {title}", "", "| field | unit | meaning |", "| --- | --- | --- |", *rows, ""])


def _row(path: str, figure: Figure) -> str:
    meaning = f"{figure.heading}. {figure.meaning}" if figure.meaning else figure.heading
    return f"| `{path}` | {figure.unit.replace('_', ' ')} | {meaning} |"


if __name__ == "__main__":
    PAGE.write_text(page_text(), encoding="utf-8")
