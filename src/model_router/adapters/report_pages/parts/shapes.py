"""What leather draws into a chart's plane besides its own bars: stacked columns, and rows with an interval.

Leather asks a shape for three methods, nothing more. Colours, strokes and fonts are the page's: by class.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_GAP = Decimal("0.14")


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of a column: `css` is its class, `tip` what a pointer over it says."""

    value: Decimal
    css: str
    tip: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of stacked parts, with the range that it is held against, where there is one."""

    key: str
    parts: tuple[Part, ...]
    mark_low: Decimal | None = None
    mark_high: Decimal | None = None
    mark_tip: str = ""

    @property
    def top(self) -> Decimal:
        total = sum((part.value for part in self.parts), Decimal(0))
        return max(total, self.mark_low or Decimal(0), self.mark_high or Decimal(0))


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a horizontal chart: a value, its interval, what it was before, and the words at its end."""

    key: str
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


class _Shape:
    def validate_series(self, series: Any) -> None:
        """Leather asks; what these shapes are given is built for them."""

    def legend_to_svg(self, series: Any, palette: Any) -> list[Any]:
        """None: the page's legend is text, which wraps on a phone and is read aloud."""
        return []


class StackedColumns(_Shape):
    """Rows of the series are `Column`s."""

    def to_svg(self, width: Any, height: Any, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:
        group = ET.Element("g", {"class": "series"})
        for datum in series.data():
            column: Column = datum.row
            left, right = x_scale.project_interval(column.key, 0, width)
            inset = (right - left) * _GAP
            self._stack(group, column, left + inset, right - inset, y_scale, height)
            self._mark(group, column, left, right, y_scale, height)
        return group

    def _stack(self, group: ET.Element, column: Column, left: Any, right: Any, scale: Any, height: Any) -> None:
        reached = Decimal(0)
        for part in column.parts:
            if part.value <= 0:
                continue
            bottom = scale.project(reached, height, 0)
            reached += part.value
            top = scale.project(reached, height, 0)
            box = {"x": left, "y": top, "width": right - left, "height": bottom - top, "class": part.css}
            _titled(_add(group, "rect", box), part.tip)

    def _mark(self, group: ET.Element, column: Column, left: Any, right: Any, scale: Any, height: Any) -> None:
        if column.mark_low is None:
            return
        low = scale.project(column.mark_low, height, 0)
        if column.mark_high is not None and column.mark_high > column.mark_low:
            high = scale.project(column.mark_high, height, 0)
            box = {"x": left, "y": high, "width": right - left, "height": low - high, "class": "band"}
            _titled(_add(group, "rect", box), column.mark_tip)
        line = {"x1": left, "x2": right, "y1": low, "y2": low, "class": "baseline"}
        _titled(_add(group, "line", line), column.mark_tip)


class Rows(_Shape):
    """Rows of the series are `Row`s; `target` is a line that runs through all of them."""

    def __init__(self, target: Decimal | None = None) -> None:
        self._target = target

    def to_svg(self, width: Any, height: Any, x_scale: Any, y_scale: Any, series: Any, palette: Any) -> ET.Element:
        group = ET.Element("g", {"class": "series"})
        if self._target is not None:
            x = x_scale.project(self._target, 0, width)
            _add(group, "line", {"x1": x, "x2": x, "y1": 0, "y2": height, "class": "target"})
        for datum in series.data():
            row: Row = datum.row
            bottom, top = y_scale.project_interval(row.key, height, 0)
            place = _Place(group, row, x_scale, width, (bottom + top) / 2, abs(bottom - top))
            place.draw()
        return group


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one row is drawn."""

    group: ET.Element
    row: Row
    scale: Any
    width: Any
    middle: Decimal
    room: Decimal

    def draw(self) -> None:
        group = _add(self.group, "g", {"class": f"row {self.row.css}".strip()})
        _titled(group, self.row.tip)
        if self.row.bar:
            self._bar(group)
        if self.row.low is not None and self.row.high is not None:
            self._interval(group, self.row.low, self.row.high)
        if self.row.before is not None:
            self._before(group, self.row.before)
        if not self.row.bar:
            _add(group, "circle", {"cx": self._x(self.row.value), "cy": self.middle, "r": 4, "class": "dot"})
        label = _add(group, "text", {"x": Decimal(self.width) + 11, "y": self.middle, "dy": "0.32em", "class": "value"})
        label.text = self.row.text

    def _x(self, value: Decimal) -> Any:
        return self.scale.project(value, 0, self.width)

    def _bar(self, group: ET.Element) -> None:
        start, end = sorted((self._x(Decimal(0)), self._x(self.row.value)))
        half = self.room * Decimal("0.36")
        box = {"x": start, "y": self.middle - half, "width": end - start, "height": half * 2, "class": "bar"}
        _add(group, "rect", box)

    def _interval(self, group: ET.Element, low: Decimal, high: Decimal) -> None:
        start, end = self._x(low), self._x(high)
        _add(group, "line", {"x1": start, "x2": end, "y1": self.middle, "y2": self.middle, "class": "interval"})
        for x in (start, end):
            _add(group, "line", {"x1": x, "x2": x, "y1": self.middle - 4, "y2": self.middle + 4, "class": "interval"})

    def _before(self, group: ET.Element, before: Decimal) -> None:
        x, y = self._x(before), self.middle
        corners = ((x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y))
        points = " ".join(f"{a:.2f},{b:.2f}" for a, b in corners)
        _add(group, "polygon", {"points": points, "class": "before"})


def _add(parent: ET.Element, tag: str, attributes: dict[str, Any]) -> ET.Element:
    return ET.SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})


def _titled(element: ET.Element, tip: str) -> None:
    if tip:
        ET.SubElement(element, "title").text = tip
