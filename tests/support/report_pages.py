"""Checks of any report page, and the reports that are checked: samples and unusual weeks."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import simplejson

from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.weekly.report import weekly_report
from tests.support import golden_week
from tests.support.browser import Dom
from tests.support.spend import totals_of

_DATA = Path(__file__).parents[1] / "data"


def weekly_sample() -> dict[str, Any]:
    return _read("weekly_report_sample.json")


def monthly_sample() -> dict[str, Any]:
    return _read("monthly_review_sample.json")


def report_of(records: list[LedgerRecord], before: list[LedgerRecord] | None = None) -> dict[str, Any]:
    """The golden week's report of these records, through JSON and back, as a page gets it."""
    totals = (totals_of(records), totals_of(before or []))
    report = weekly_report(golden_week.WEEK, *totals, today=date(2026, 11, 23), memory_megabytes=512)
    return as_stored(as_json(report))


def odd_weeks() -> dict[str, dict[str, Any]]:
    """An empty week, one of a single request, one of failures alone, and the golden one."""
    first, *_ = golden_week.golden_week()
    return {
        "empty": report_of([]),
        "one request": report_of([first]),
        "only failures": report_of(golden_week.only_failures()),
        "golden": report_of(golden_week.golden_week(), golden_week.week_before()),
    }


def as_stored(report: Mapping[str, Any]) -> dict[str, Any]:
    stored: dict[str, Any] = simplejson.loads(simplejson.dumps(report, use_decimal=True), use_decimal=True)
    return stored


def resolve(report: Any, pointer: str) -> Any:
    """RFC 6901, written apart from the page's own; None where there is nothing."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        try:
            report = report[int(name)] if isinstance(report, list) else report[name]
        except (KeyError, IndexError, TypeError):
            return None
    return report


def wrong_figures(dom: Dom, report: Mapping[str, Any]) -> list[str]:
    """The page's figures that differ from the JSON. Each figure carries its place in the JSON."""
    wrong = []
    for element in dom.having("data-path"):
        pointer, shown = element.attributes["data-path"] or "", element.attributes["data-value"] or ""
        value = resolve(report, pointer)
        if value is None:
            same = shown == "" and element.text == "–"
        elif isinstance(value, str):
            same = shown == value
        else:
            same = Decimal(shown) == Decimal(str(value)) and any(letter.isdigit() for letter in element.text)
        if not same:
            wrong.append(f"{pointer}: {shown!r} ({element.text}), not {value!r}")
    return wrong


def numbers(report: Any, pointer: str = "") -> Iterator[str]:
    """The places of all numbers in a report."""
    if isinstance(report, dict):
        for name, value in report.items():
            yield from numbers(value, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(report, list):
        for place, value in enumerate(report):
            yield from numbers(value, f"{pointer}/{place}")
    elif isinstance(report, (int, Decimal)) and not isinstance(report, bool):
        yield pointer


def faults(dom: Dom) -> list[str]:
    """What a screen reader or a machine without network cannot use."""
    return [*_headings(dom), *_tables(dom), *_charts(dom), *_reaches_out(dom), *_ids(dom)]


def _headings(dom: Dom) -> Iterator[str]:
    levels = [int(heading.tag[1]) for heading in dom.tags("h1", "h2", "h3", "h4")]
    if levels.count(1) != 1 or levels[0] != 1:
        yield "not one h1 that comes first"
    if any(later > earlier + 1 for earlier, later in pairwise(levels)):
        yield "a heading skips a level"
    if dom.tags("html")[0].attributes.get("lang") != "en" or not dom.tags("title")[0].text:
        yield "no language or no title"


def _tables(dom: Dom) -> Iterator[str]:
    if len(dom.tags("caption")) != len(dom.tags("table")) or not all(caption.text for caption in dom.tags("caption")):
        yield "a table has no caption"
    if any(cell.attributes.get("scope") not in {"col", "row"} for cell in dom.tags("th")):
        yield "a heading of a table has no scope"


def _charts(dom: Dom) -> Iterator[str]:
    ids = {element.attributes["id"] for element in dom.having("id")}
    for svg in dom.tags("svg"):
        if svg.attributes.get("aria-hidden") == "true":
            continue
        if svg.attributes.get("role") != "img":
            yield "a chart is no image"
        if not {svg.attributes.get("aria-labelledby"), svg.attributes.get("aria-describedby")} <= ids:
            yield "a chart has no name or description"
    for link in dom.tags("a"):
        if (link.attributes.get("href") or "").removeprefix("#") not in ids:
            yield f"a link leads nowhere: {link.attributes.get('href')}"


def _reaches_out(dom: Dom) -> Iterator[str]:
    if dom.tags("script", "link", "img", "iframe", "object", "embed", "form", "base"):
        yield "an element that fetches or runs something"
    for element in dom.elements:
        for name, value in element.attributes.items():
            if name.startswith("on") or name in {"src", "srcset", "xlink:href", "action"}:
                yield f"attribute {name}"
            if name != "content" and "://" in (value or "") and not name.startswith("data-"):
                yield f"an address in {name}"


def _ids(dom: Dom) -> Iterator[str]:
    ids = [element.attributes["id"] for element in dom.having("id")]
    if len(ids) != len(set(ids)):
        yield "an id occurs twice"


def _read(name: str) -> dict[str, Any]:
    read: dict[str, Any] = simplejson.loads((_DATA / name).read_text(encoding="utf-8"), use_decimal=True)
    return read
