"""Horizontal charts of rows, one to a task or tier, as both pages draw them."""

from collections.abc import Sequence
from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import Drawing, rows
from model_router.adapters.report_pages.parts.figures import Html, Source
from model_router.adapters.report_pages.parts.formats import NONE, share, shown
from model_router.adapters.report_pages.parts.rendering import Chart, Legend
from model_router.adapters.report_pages.parts.shapes import Row
from model_router.adapters.report_pages.parts.wording import ZERO

MOST_ROWS = 10
_STEP = Decimal("0.1")


def measured(task: Source, path: str, *, interval: str, flag: bool = False, before: str = "") -> Row:
    """A share with its interval; a flagged one is marked by a sign, not by colour alone."""
    value = task.decimal(path) or ZERO
    sign = ("▼ " if before else "▲ ") if flag else ""
    low, high = task.decimal(f"{interval}/low"), task.decimal(f"{interval}/high")
    tip = f"{task.text('task')}: {share(value)}, 95% interval {shown(low, 'share')} to {shown(high, 'share')}"
    then = task.decimal(before) if before else None
    return Row(task.pointer, value, sign + share(value), tip, "flag" if flag else "", low, high, then)


def most(source: Source, path: str, said: str) -> str:
    """What a chart shows, and of how many."""
    number = len(source.value(path) or ())
    return f"{said}." if number <= MOST_ROWS else f"{said}; {MOST_ROWS} of {number}."


def floor_of(lines: Sequence[Row]) -> Decimal:
    """Where an axis of shares near one may begin: a full tenth below all of them."""
    lowest = min((figure for line in lines for figure in line.figures()), default=ZERO)
    return min((lowest / _STEP).to_integral_value("ROUND_FLOOR") * _STEP, 1 - _STEP)


def read(names: Sequence[str], lines: Sequence[Row]) -> str:
    """The rows as a sentence, for who cannot see them."""
    return "; ".join(f"{name} {line.text}" for name, line in zip(names, lines, strict=True)) or NONE


def row_chart(  # noqa: PLR0913 - a chart is what it is made of
    drawing: Drawing,
    lines: Sequence[Row],
    names: Sequence[str],
    told: Html | str,
    table_id: str,
    legend: Sequence[Legend] = (),
    *,
    start: Decimal | None = None,
    target: Decimal | None = None,
    mark: bool = True,
) -> Chart:
    """A chart of these rows; without any, one that says so."""
    drawn = rows(drawing, lines, names, start=start, target=target, mark=mark) if lines else None
    return Chart(drawing.title, told, drawn, table_id, legend)
