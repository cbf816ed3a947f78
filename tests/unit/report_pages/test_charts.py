import re
import xml.etree.ElementTree as ET
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from model_router.adapters.report_pages.parts.charts import Column, Drawing, Part, Row, rows, stacked_columns
from model_router.adapters.report_pages.parts.formats import money_tick

DRAWING = Drawing("spend", "Spend <by> day", "Spend & baseline", money_tick)
AMOUNTS = st.decimals(min_value=0, max_value=10**7, places=6)


def _columns(*stacks: tuple[str, ...]) -> list[Column]:
    return [
        Column(str(day), tuple(Part(Decimal(value), f"t{n}", f"part {n}") for n, value in enumerate(stack)))
        for day, stack in enumerate(stacks)
    ]


def _elements(svg: str, tag: str, css: str = "") -> list[ET.Element]:
    return [node for node in ET.fromstring(svg).iter() if node.tag == tag and css in node.get("class", "")]


def test_a_chart_is_an_image_with_a_name_and_a_description() -> None:
    root = ET.fromstring(stacked_columns(DRAWING, _columns(("1",))))
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert (title.tag, title.text) == ("title", "Spend <by> day")
    assert (description.tag, description.text) == ("desc", "Spend & baseline")
    assert root.get("aria-labelledby") == title.get("id")
    assert root.get("aria-describedby") == description.get("id")


def test_heights_of_stacked_parts_are_in_proportion_and_touch() -> None:
    svg = stacked_columns(DRAWING, _columns(("1", "3"), ("0", "2")))
    first, second, third = _elements(svg, "rect")
    heights = [float(node.get("height", "")) for node in (first, second, third)]
    assert abs(heights[1] - 3 * heights[0]) < 0.1
    assert abs(heights[2] - 2 * heights[0]) < 0.1
    assert abs(float(second.get("y", "")) + heights[1] - float(first.get("y", ""))) < 0.02


def test_the_baseline_is_a_line_with_a_band_up_to_its_high_end() -> None:
    column = Column("0", (Part(Decimal(1), "t0", ""),), baseline_low=Decimal(2), baseline_high=Decimal(3))
    svg = stacked_columns(DRAWING, [column])
    (line,), (band,) = _elements(svg, "line", "baseline"), _elements(svg, "rect", "band")
    assert float(band.get("y", "")) < float(line.get("y1", ""))
    assert line.get("y1") == line.get("y2")


def test_days_without_spend_draw_no_box() -> None:
    assert _elements(stacked_columns(DRAWING, _columns(("0",), ("0",))), "rect") == []


def test_a_row_shows_value_interval_and_what_was_before() -> None:
    line = Row(
        "extraction", Decimal("0.9"), "90%", "tip", low=Decimal("0.8"), high=Decimal("0.95"), before=Decimal("0.93")
    )
    svg = rows(DRAWING, [line], start=Decimal("0.5"), target=Decimal("0.95"))
    dot = float(_elements(svg, "circle", "dot")[0].get("cx", ""))
    low, high = (float(_elements(svg, "line", "interval")[0].get(end, "")) for end in ("x1", "x2"))
    assert low < dot < high
    assert len(_elements(svg, "polygon", "before")) == 1
    assert len(_elements(svg, "line", "target")) == 1
    assert [node.text for node in _elements(svg, "text", "value")] == ["90%"]


def test_names_of_rows_may_repeat_and_may_be_hostile() -> None:
    lines = [
        Row("<script>alert(1)</script>", Decimal(n), "x", "</title><script>alert(1)</script>", bar=True)
        for n in range(2)
    ]
    svg = rows(DRAWING, lines)
    assert "<script" not in svg
    assert svg.count("&lt;script") >= 2
    assert len(_elements(svg, "rect", "bar")) == 2


@settings(max_examples=60, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=8))
def test_any_amounts_can_be_drawn_and_twice_the_same(values: list[Decimal]) -> None:
    columns = [Column(str(n), (Part(value, "t0", ""),), baseline_low=value) for n, value in enumerate(values)]
    lines = [Row(str(n), value, "x", "", before=value, bar=True) for n, value in enumerate(values)]
    assert stacked_columns(DRAWING, columns) == stacked_columns(DRAWING, columns)
    svg = rows(DRAWING, lines)
    assert svg == rows(DRAWING, lines)
    assert not re.search(r"NaN|Infinity", svg)
    assert 2 <= len(_elements(svg, "g", "tick")) <= 5
