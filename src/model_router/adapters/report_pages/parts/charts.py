"""Charts as static SVG, drawn by leather: no scripts, no ids of chance, no fonts or colours but the page's own.

Drawn about as wide as a phone's column, so that text stays readable there; wider screens set them side by side.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import leather
from leather import theme
from leather.axis import Axis
from leather.scales import Linear, Ordinal
from leather.series import Series
from markupsafe import Markup

from model_router.adapters.report_pages.parts.shapes import Column, Row, Rows, StackedColumns

_WIDTH = 340
_COLUMNS_HEIGHT = 210
_ROW_HEIGHT = 26
_AXIS_HEIGHT = 24
_LABEL_LENGTH = 15

# Leather's look is a module of constants. Its margins and legend give way to the page's.
theme.margin = 0.0
theme.legend_font_char_height = theme.legend_gap = 0
theme.tick_font_char_width = 6.6
theme.tick_font_char_height = 12
theme.tick_font_size = 12


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a chart is called, what it shows (for who cannot see it), and how its numbers read."""

    id: str
    title: str
    description: str
    tick: Callable[[Decimal], str]


def stacked_columns(drawing: Drawing, columns: Sequence[Column], labels: Sequence[str]) -> Markup:
    """Columns of stacked parts, against a mark each. `labels` name the columns, in their order."""
    keys = [column.key for column in columns]
    highest = max((column.top for column in columns), default=Decimal(0))
    chart = leather.Chart()
    chart.set_x_scale(Ordinal(keys))
    chart.set_x_axis(Axis(ticks=keys, tick_formatter=_named(dict(zip(keys, labels, strict=True)))))
    scale = Linear(Decimal(0), highest or Decimal(1))
    chart.set_y_scale(scale)
    chart.set_y_axis(_number_axis(scale, drawing))
    chart.add_series(Series(list(columns), x=_of("key"), y=_of("top")), StackedColumns())
    return _svg(chart, drawing, "columns", _COLUMNS_HEIGHT, right=6)


def rows(
    drawing: Drawing,
    lines: Sequence[Row],
    labels: Sequence[str],
    *,
    start: Decimal | None = None,
    target: Decimal | None = None,
    mark: bool = True,
) -> Markup:
    """A horizontal chart, the first row on top.

    `start` is where the axis begins if not at zero; it reaches `target`, which is marked unless told not to.
    """
    keys = [line.key for line in reversed(lines)]
    figures = [figure for line in lines for figure in line.figures()] + ([target] if target is not None else [])
    lowest = min([start if start is not None else Decimal(0), *figures])
    highest = max(figures, default=Decimal(0))
    chart = leather.Chart()
    scale = Linear(lowest, highest if highest > lowest else lowest + 1)
    chart.set_x_scale(scale)
    chart.set_x_axis(_number_axis(scale, drawing))
    chart.set_y_scale(Ordinal(keys))
    names = {line.key: _short(label) for line, label in zip(lines, labels, strict=True)}
    chart.set_y_axis(Axis(ticks=keys, tick_formatter=_named(names)))
    chart.add_series(Series(list(lines), x=_of("value"), y=_of("key")), Rows(target if mark else None))
    return _svg(chart, drawing, "rows", len(lines) * _ROW_HEIGHT + _AXIS_HEIGHT, right=_room(lines))


def _svg(chart: Any, drawing: Drawing, css: str, height: int, right: int) -> Markup:
    plane = chart.to_svg_group(_WIDTH - right, height)
    plane.remove(plane[0])  # leather's background
    _tidy(plane)
    names = {"aria-labelledby": f"{drawing.id}-title", "aria-describedby": f"{drawing.id}-desc"}
    svg = ET.Element("svg", {"viewBox": f"0 -8 {_WIDTH} {height + 8}", "role": "img", "class": f"chart {css}", **names})
    ET.SubElement(svg, "title", {"id": f"{drawing.id}-title"}).text = drawing.title
    ET.SubElement(svg, "desc", {"id": f"{drawing.id}-desc"}).text = drawing.description
    svg.append(plane)
    return Markup(ET.tostring(svg, encoding="unicode"))  # noqa: S704 - ElementTree escapes what it writes


def _number_axis(scale: Any, drawing: Drawing) -> Any:
    """At most five ticks: leather's, or every second or third of them."""
    ticks = scale.ticks()
    step = -(-len(ticks) // 5)
    return Axis(ticks=ticks[::step], tick_formatter=lambda value, index, total: drawing.tick(value))


def _tidy(element: ET.Element) -> None:
    """Two decimals are enough for a pixel, and leather's fonts and colours are not ours."""
    for node in element.iter():
        for name, value in list(node.attrib.items()):
            if name in {"font-family", "font-size", "fill", "stroke", "stroke-width"}:
                del node.attrib[name]
            elif name not in {"class", "points", "transform", "dy", "text-anchor"}:
                node.set(name, f"{float(value):.2f}".rstrip("0").rstrip("."))


def _named(names: dict[str, str]) -> Callable[[str, int, int], str]:
    return lambda value, index, total: names[value]


def _of(field: str) -> Callable[[object, int], Any]:
    return lambda row, index: getattr(row, field)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LENGTH else label[: _LABEL_LENGTH - 1] + "…"


def _room(lines: Sequence[Row]) -> int:
    """How wide the words at the rows' ends are, about."""
    return 17 + int(6.8 * max((len(line.text) for line in lines), default=0))
