"""The report pages in a browser: laid out on a phone and on a desk, their numbers read back from the page."""

import os
import struct
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from model_router.adapters.report_pages.monthly.page import render_monthly
from model_router.adapters.report_pages.weekly.page import render_weekly
from tests.support.browser import Chromium
from tests.support.report_pages import monthly_sample, odd_weeks, weekly_sample, wrong_figures

pytestmark = pytest.mark.e2e

PHONE, DESK = 390, 1280
HOSTILE = "\"'><script>window.scripted=true</script><img src=x onerror=window.scripted=true>" + "long" * 60


def _hostile() -> dict[str, Any]:
    report = weekly_sample()
    for place, name in (("by_client", "client"), ("by_tag", "tag"), ("by_task", "task")):
        report[place][0][name] = HOSTILE
    for place in ("quality", "escalations"):
        report[place]["by_task"][0] |= {"task": HOSTILE, "flagged": True, "over_target": True}
    report["rules_versions"][0]["version"] = HOSTILE
    report["canary"]["why"] = HOSTILE
    return report


_WEEKS = ("sample", "hostile names", "empty", "one request", "only failures", "golden")
NAMES = (*(f"week, {name}" for name in _WEEKS), "month, sample")


@cache
def _pages() -> dict[str, tuple[dict[str, Any], str]]:
    """By name the report and its page. Made when first asked for: runs that pick none of these tests do without."""
    weeks = {"sample": weekly_sample(), "hostile names": _hostile(), **odd_weeks()}
    pages = {f"week, {name}": (report, render_weekly(report)) for name, report in weeks.items()}
    pages["month, sample"] = (monthly_sample(), render_monthly(monthly_sample()))
    assert tuple(pages) == NAMES
    return pages


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Chromium:
    executable = Chromium.executable()
    if executable is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Chromium(executable, tmp_path_factory.mktemp("browser"))


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", NAMES)
def test_the_browser_shows_the_reports_numbers_and_nothing_overflows(chromium: Chromium, name: str, width: int) -> None:
    report, page = _pages()[name]
    dom = chromium.dom(page, width)
    assert wrong_figures(dom, report) == []
    assert len(dom.having("data-path")) > 20
    probe = dom.probe
    assert probe["width"] == width
    assert probe["scrollWidth"] <= width
    assert probe["outside"] == []
    assert probe["cut"] == []
    assert probe["requests"] == 0
    assert not probe["scripted"]


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", ["week, sample", "month, sample"])
def test_screenshots_show_the_whole_page(chromium: Chromium, tmp_path: Path, name: str, width: int) -> None:
    _, page = _pages()[name]
    file, picture = tmp_path / "report.html", tmp_path / f"report-{width}.png"
    file.write_text(page, encoding="utf-8")
    height = chromium.dom(page, width).probe["height"]
    chromium.screenshot(file, width, height, picture)
    taken = picture.read_bytes()
    assert struct.unpack(">II", taken[16:24]) == (width, height)
    assert len(taken) > 20_000


def test_the_page_prints(chromium: Chromium, tmp_path: Path) -> None:
    file, document = tmp_path / "report.html", tmp_path / "report.pdf"
    file.write_text(_pages()["week, sample"][1], encoding="utf-8")
    chromium.pdf(file, document)
    assert document.read_bytes().startswith(b"%PDF-")
    assert document.stat().st_size > 20_000
