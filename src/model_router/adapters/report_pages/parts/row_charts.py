"""Horizontal charts with one row per task, tier or model."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import Drawing, Row, rows
from model_router.adapters.report_pages.parts.figures import Html, Source
from model_router.adapters.report_pages.parts.formats import NONE, share, shown
from model_router.adapters.report_pages.parts.rendering import Chart, Legend
from model_router.adapters.report_pages.parts.wording import ZERO

MAX_ROWS = 10
_STEP = Decimal("0.1")


def with_figure(source: Source, path: str, figure: str) -> Iterator[tuple[Source, Decimal]]:
    """The first MAX_ROWS members of the list at `path` that have a `figure`, with that figure."""
    found = ((member, member.decimal(figure)) for member in source.each(path))
    present = [(member, value) for member, value in found if value is not None]
    yield from present[:MAX_ROWS]


def share_rows(source: Source, path: str, figure: str, *, interval: str, flag: str = "", before: str = "") -> list[Row]:
    """A row per task with its share and interval. A flagged one has a sign as well as a colour."""
    lines = []
    for task, value in with_figure(source, path, figure):
        flagged = bool(flag and task.value(flag))
        sign = ("▼ " if before else "▲ ") if flagged else ""
        low, high = task.decimal(f"{interval}/low"), task.decimal(f"{interval}/high")
        tip = f"{task.text('task')}: {share(value)}, 95% interval {shown(low, 'share')} to {shown(high, 'share')}"
        earlier = task.decimal(before) if before else None
        css = "flag" if flagged else ""
        lines.append(Row(task.text("task"), value, sign + share(value), tip, css, low, high, earlier))
    return lines


def caption(source: Source, path: str, text: str) -> str:
    """The chart's caption, with the number of rows if only some of them are drawn."""
    number = len(source.value(path) or ())
    return f"{text}." if number <= MAX_ROWS else f"{text}; {MAX_ROWS} of {number}."


def floor_of(lines: Sequence[Row]) -> Decimal:
    """Where an axis of shares near one begins: a full tenth below all of them."""
    lowest = min((figure for line in lines for figure in line.figures()), default=ZERO)
    return min((lowest / _STEP).to_integral_value("ROUND_FLOOR") * _STEP, 1 - _STEP)


def row_chart(  # noqa: PLR0913 - each argument is a part of the chart
    chart_id: str,
    title: str,
    words: Html | str,
    lines: Sequence[Row],
    tick: Callable[[Decimal], str],
    table_id: str,
    legend: Sequence[Legend] = (),
    *,
    start: Decimal | None = None,
    target: Decimal | None = None,
    mark: bool = True,
) -> Chart:
    """A chart of these rows, or one that says that there are none."""
    description = "; ".join(f"{line.label} {line.text}" for line in lines) or NONE
    drawing = Drawing(chart_id, title, description, tick)
    drawn = rows(drawing, lines, start=start, target=target, mark=mark) if lines else None
    return Chart(title, words, drawn, table_id, legend)
