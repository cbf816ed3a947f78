import copy
import re
from decimal import Decimal
from typing import Any

import pytest
from tests.support.browser import Dom, parse
from tests.support.report_pages import faults, numbers, odd_weeks, weekly_sample, wrong_figures

from model_router.adapters.report_pages.weekly.page import render_weekly

HOSTILE = "\"'><script>window.scripted=true</script><img src=x onerror=window.scripted=true>\u202e&lt;{{7*7}}"
# Only in the JSON and CSV: tokens of a day, task, client or tag, and figures that the page shows elsewhere.
NOT_ON_THE_PAGE = (
    r"/version|/simulated_requests",
    r"/headline/saved_(high_usd|share_low|share_high)/(last_week|change)",
    r"/headline/(requests)/(last_week|change|change_share)",
    r"/by_(day|tier|task|client|tag)/\d+/tokens/\w+",
    r"/by_(tier|model)/\d+/web_searches",
    r"/totals/(calls|answered|cost_per_request_usd)",
    r"/(canary|escalations|quality)/.*/(cost_per_request_usd|quality|latency_ms|interval|feedback|feedback_interval)/\w+",
    r"/quality/interval/value",
)
REPORTS = {"sample": weekly_sample(), **odd_weeks()}


def _page(report: dict[str, Any]) -> Dom:
    return parse(render_weekly(report))


@pytest.mark.parametrize("name", REPORTS)
def test_every_figure_on_the_page_equals_the_reports(name: str) -> None:
    dom = _page(REPORTS[name])
    assert wrong_figures(dom, REPORTS[name]) == []
    assert len(dom.having("data-path")) > 30


@pytest.mark.parametrize("name", ["sample", "golden", "one request"])
def test_no_figure_of_the_report_is_missing_on_the_page(name: str) -> None:
    shown = {element.attributes["data-path"] for element in _page(REPORTS[name]).having("data-path")}
    missing = [
        place
        for place in numbers(REPORTS[name])
        if place not in shown and not any(re.fullmatch(known, place) for known in NOT_ON_THE_PAGE)
    ]
    assert missing == []


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_accessible_and_fetches_nothing(name: str) -> None:
    page = render_weekly(REPORTS[name])
    assert faults(parse(page)) == []
    assert re.findall(r"url\((?!#)|@import", page) == []


@pytest.mark.parametrize("name", REPORTS)
def test_the_same_report_makes_the_same_bytes(name: str) -> None:
    assert render_weekly(REPORTS[name]) == render_weekly(copy.deepcopy(REPORTS[name]))


def test_the_headline_compares_each_figure_with_last_weeks() -> None:
    report = weekly_sample()
    report["headline"]["spent_usd"] = {
        "value": Decimal("27000"),
        "last_week": Decimal("30000"),
        "change": Decimal("-3000"),
        "change_share": Decimal("-0.1"),
    }
    text = _text(_page(report), "ul")
    assert "Spent $27,000.00 Down $3,000.00 (10.0%) from $30,000.00 of last week." in text
    assert re.search(r"Escalation rate \d+\.\d% Within the target of 5\.0%\. (Up|Down) ", text)
    assert re.search(r"Quality \d+\.\d% First answers that passed, of [\d,]+ checked\. (Up|Down) ", text)


def test_a_negative_saving_is_called_a_loss() -> None:
    report = weekly_sample()
    report["headline"]["saved_low_usd"] = {"value": Decimal("-4.5"), "last_week": Decimal(1), "change": Decimal("-5.5")}
    assert "−$4.50" in _text(_page(report), "ul")
    assert "The router cost more than it saved." in _text(_page(report), "ul")


def test_an_empty_week_says_so_and_draws_nothing() -> None:
    dom = _page(REPORTS["empty"])
    text = _text(dom, "body")
    assert "No requests were recorded in this week" in text
    assert "There is no figure for last week to compare with." in text
    assert [svg for svg in dom.tags("svg") if svg.attributes.get("role") == "img"] == []
    assert "$0.00 saved" not in text


def test_a_week_of_failures_has_requests_but_neither_quality_nor_saving() -> None:
    dom = _page(REPORTS["only failures"])
    text = _text(dom, "body")
    assert "None of them was answered." in text
    assert "No answer was checked." in text
    assert "No request that could escalate was answered." in text
    assert "Unknown costs." in text
    assert "Nothing to draw." in text


def test_one_request_is_one_request() -> None:
    assert "1 request cost $0.0015; without the router they would have cost" in _text(
        _page(REPORTS["one request"]), "body"
    )


def test_simulated_figures_are_announced_before_any_figure() -> None:
    report = weekly_sample()
    assert "Simulated figures." not in _text(_page(report), "body")
    report["simulated"], report["simulated_requests"] = True, report["totals"]["requests"]
    text = _text(_page(report), "body")
    assert text.index("Simulated figures.") < text.index("$")


def test_an_unfinished_week_says_up_to_which_day_its_figures_go() -> None:
    report = weekly_sample() | {"finished": False, "through": "2026-11-18"}
    assert "This week is not over. The figures go up to Wednesday 18 November 2026" in _text(_page(report), "body")


def test_unknown_costs_have_a_notice_of_their_own() -> None:
    report = weekly_sample()
    report["unknown"] = {"calls": 3, "at_most_usd": Decimal("1.25")}
    report["unsettled"] |= {"open": 2, "abandoned": 0, "at_most_usd": Decimal("0.5")}
    text = _text(_page(report), "body")
    assert "Unknown costs. 3 attempts may have been billed, at most $1.25 in total." in text
    assert "Unsettled requests. 2 open and 0 abandoned requests may add up to $0.50." in text


def test_a_drop_of_quality_has_a_notice_and_a_mark_in_the_chart() -> None:
    report = weekly_sample()
    task = next(task for task in report["quality"]["by_task"] if task["pass_rate"] is not None)
    task |= {"flagged": True, "change": Decimal("-0.08"), "last_week": Decimal("0.97"), "pass_rate": Decimal("0.89")}
    text = _text(_page(report), "body")
    name = task["task"]
    assert (
        f"Quality dropped. {name}: first answers passed 89.0% of the time, down 8.0 pts from 97.0% last week." in text
    )
    assert "▼ 89.0%" in text
    assert "dropped, review it" in text


def test_the_canarys_verdict_is_a_notice() -> None:
    report = weekly_sample()
    report["canary"] |= {"verdict": "roll back", "decided_by": "quality", "why": "Quality is worse."}
    assert "Verdict: roll back. Quality is worse. Decided by: quality." in _text(_page(report), "body")


def test_sessions_that_cost_more_than_on_the_baseline_have_a_notice_and_a_negative_saving() -> None:
    report = weekly_sample()
    sessions = report["sessions"]
    sessions |= {"over_baseline": 0}
    assert "More expensive than on the baseline." not in _text(_page(report), "body")
    sessions |= {"counted": 12, "over_baseline": 2, "over_baseline_usd": Decimal("0.34")}
    sessions["most_expensive"][0] |= {"saved_low_usd": Decimal("-0.31")}
    text = _text(_page(report), "body")
    assert "More expensive than on the baseline. 2 of 12 sessions cost more, $0.34 in total." in text
    assert f"{sessions['most_expensive'][0]['session']}" in text
    assert "-$0.31" in text or "−$0.31" in text


def test_names_that_callers_chose_cannot_break_out() -> None:
    report = weekly_sample()
    for place, name in (("by_client", "client"), ("by_tag", "tag"), ("by_task", "task"), ("by_model", "model")):
        report[place][0][name] = HOSTILE
    for place in ("quality", "escalations"):
        report[place]["by_task"][0] |= {"task": HOSTILE, "flagged": True, "over_target": True}
    report["by_tier"][0]["tier"] = report["latency"]["by_tier"][0]["tier"] = HOSTILE
    report["by_day"][0]["cost_by_tier"][HOSTILE] = Decimal(1)
    report["rules_versions"][0]["version"] = HOSTILE
    report["canary"]["why"] = report["canary"]["verdict"] = HOSTILE
    page = render_weekly(report)
    dom = parse(page)
    assert faults(dom) == []
    assert "\u202e" not in page
    assert "{{7*7}}" in page
    assert HOSTILE.replace("\u202e", "\ufffd") in [cell.text for cell in dom.tags("th")]


def test_characters_without_an_encoding_are_replaced() -> None:
    report = weekly_sample()
    report["by_client"][0]["client"] = "a\ud800b\x00c"
    assert "a\ufffdb\ufffdc" in render_weekly(report).encode().decode()


def _text(dom: Dom, tag: str) -> str:
    """All text inside elements of that kind; block elements set apart, as a browser does."""
    return " ".join(" ".join(element.words for element in dom.tags(tag)).split())
