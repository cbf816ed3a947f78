"""Charts as static inline SVG: no scripts, and only the fonts and colours of the page's style sheet.

The templates `columns.svg.j2` and `rows.svg.j2` draw them. A chart is as wide as a phone's column so that its text
stays readable there; wider screens set charts side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup

from model_router.adapters.report_pages.parts.figures import ZERO, Html, Source
from model_router.adapters.report_pages.parts.formats import NONE, share, shown
from model_router.adapters.report_pages.parts.rendering import Chart, Legend, template

_WIDTH = 340
_COLUMNS_HEIGHT = 190
_ROW_HEIGHT = 26
_LETTER_WIDTH = 6.6
_LABEL_LENGTH = 15
_MAX_INTERVALS = 4
MAX_ROWS = 10
_STEP = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart's name, its description for readers who cannot see it, and the format of its axis."""

    id: str
    title: str
    description: str
    tick: Callable[[Decimal], str]


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of a column: `css` is its class, `tip` its tooltip."""

    value: Decimal
    css: str
    tip: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of stacked parts, with the range of its baseline if it has one."""

    label: str
    parts: tuple[Part, ...]
    baseline_low: Decimal | None = None
    baseline_high: Decimal | None = None
    baseline_tip: str = ""

    @property
    def top(self) -> Decimal:
        total = sum((part.value for part in self.parts), Decimal(0))
        return max(total, self.baseline_low or Decimal(0), self.baseline_high or Decimal(0))

    def stacked(self) -> Iterator[tuple[Part, Decimal, Decimal]]:
        """Each part that is not empty, with the sums below it and up to its top."""
        reached = Decimal(0)
        for part in self.parts:
            if part.value > 0:
                yield part, reached, (reached := reached + part.value)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a horizontal chart: a value, its interval, an earlier value, and the text at its end."""

    label: str
    value: Decimal
    text: str
    tip: str
    css: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    before: Decimal | None = None
    bar: bool = False

    def figures(self) -> Iterator[Decimal]:
        yield from (figure for figure in (self.value, self.low, self.high, self.before) if figure is not None)


class _Scale:
    """Maps values linearly to pixels. Its ticks are at most five round numbers that enclose all values."""

    def __init__(self, low: Decimal, high: Decimal, start: float, end: float) -> None:
        self.ticks = _ticks(low, high if high > low else low + 1)
        self._start, self._length = start, end - start

    def __call__(self, value: Decimal) -> float:
        first, last = self.ticks[0], self.ticks[-1]
        return self._start + self._length * float((value - first) / (last - first))


def stacked_columns(drawing: Drawing, columns: Sequence[Column]) -> Markup:
    """Columns of stacked parts, each compared with its baseline."""
    highest = max((column.top for column in columns), default=Decimal(0))
    scale = _Scale(Decimal(0), highest, _COLUMNS_HEIGHT, 0)
    left = 10 + _LETTER_WIDTH * max(len(drawing.tick(tick)) for tick in scale.ticks)
    room = (_WIDTH - left) / max(1, len(columns))
    size = {"width": _WIDTH, "bottom": _COLUMNS_HEIGHT, "left": left, "room": room}
    return Markup(template("columns.svg.j2").render(drawing=drawing, columns=columns, scale=scale, **size))  # noqa: S704 - it escapes


def rows(
    drawing: Drawing,
    lines: Sequence[Row],
    *,
    start: Decimal | None = None,
    target: Decimal | None = None,
    mark: bool = True,
) -> Markup:
    """A horizontal chart, the first row on top.

    The axis begins at `start`, or at zero, and reaches `target`, which is drawn as a line if `mark` is set.
    """
    figures = [figure for line in lines for figure in line.figures()] + ([target] if target is not None else [])
    left = 12 + _LETTER_WIDTH * min(_LABEL_LENGTH, max(len(line.label) for line in lines))
    right = _WIDTH - 14 - _LETTER_WIDTH * max(len(line.text) for line in lines)
    scale = _Scale(min([start if start is not None else Decimal(0), *figures]), max(figures), left, right)
    size = {"width": _WIDTH, "room": _ROW_HEIGHT, "left": left, "right": right, "letters": _LABEL_LENGTH}
    marked = target if mark else None
    return Markup(template("rows.svg.j2").render(drawing=drawing, lines=lines, scale=scale, target=marked, **size))  # noqa: S704 - it escapes


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    unit = Decimal(1).scaleb((high - low).adjusted() - 1)
    for size in ("1", "2", "2.5", "5", "10", "20", "25", "50"):
        step = unit * Decimal(size)
        first = int((low / step).to_integral_value("ROUND_FLOOR"))
        last = int((high / step).to_integral_value("ROUND_CEILING"))
        if last - first <= _MAX_INTERVALS:
            break
    return [step * number for number in range(first, last + 1)]


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
