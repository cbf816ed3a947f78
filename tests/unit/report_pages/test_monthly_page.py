import copy
from typing import Any

import pytest
from tests.support.browser import Dom, parse
from tests.support.report_pages import faults, monthly_sample, resolve, wrong_figures

from model_router.adapters.report_pages.monthly.page import render_monthly

HOSTILE = "</pre><script>window.scripted=true</script>\"'>"


def _page(review: dict[str, Any]) -> Dom:
    return parse(render_monthly(review))


def _text(dom: Dom) -> str:
    return " ".join(dom.tags("body")[0].words.split())


def _empty() -> dict[str, Any]:
    review = monthly_sample()
    review["tasks"] = []
    review["headline"] = dict.fromkeys(review["headline"]) | {"requests": 0, "changes": 0, "spent_usd": 0}
    review["unmatched"] = {"requests": 0, "of": 0, "share": None}
    return review


REVIEWS = {"sample": monthly_sample(), "empty": _empty()}


@pytest.mark.parametrize("name", REVIEWS)
def test_every_figure_on_the_page_equals_the_reviews(name: str) -> None:
    dom = _page(REVIEWS[name])
    assert wrong_figures(dom, REVIEWS[name]) == []
    assert len(dom.having("data-path")) > 10


@pytest.mark.parametrize("name", REVIEWS)
def test_the_page_is_accessible_and_fetches_nothing(name: str) -> None:
    assert faults(_page(REVIEWS[name])) == []


@pytest.mark.parametrize("name", REVIEWS)
def test_the_same_review_makes_the_same_bytes(name: str) -> None:
    assert render_monthly(REVIEWS[name]) == render_monthly(copy.deepcopy(REVIEWS[name]))


def test_each_task_shows_what_it_cost_and_what_its_tiers_would() -> None:
    shown = {element.attributes["data-path"] for element in _page(monthly_sample()).having("data-path")}
    for number, task in enumerate(monthly_sample()["tasks"]):
        assert {f"/tasks/{number}/{name}" for name in ("requests", "spent_usd", "cost_per_request_usd")} <= shown
        for tier in range(len(task["tiers"])):
            assert f"/tasks/{number}/tiers/{tier}/expected_cost_usd" in shown


def test_each_change_is_there_as_the_file_to_push() -> None:
    review = monthly_sample()
    files = _page(review).having("data-file")
    assert len(files) == review["headline"]["changes"] > 0
    for file in files:
        # The parser of HTML drops the line break that comes first in a pre; this one keeps it.
        assert file.text.removeprefix("\n") == resolve(review, file.attributes["data-file"] or "")


def test_changes_and_models_near_retirement_come_first() -> None:
    review = monthly_sample()
    text = _text(_page(review))
    change = next(task for task in review["tasks"] if task["change"])
    notice = f"{change['task']}, from {change['tier']} to {change['change']['tier']}: {change['why']}"
    assert text.index(notice) < text.index("At a glance")
    assert text.index("Near retirement:") < text.index("At a glance")


def test_an_empty_month_says_so() -> None:
    text = _text(_page(_empty()))
    assert "No requests were recorded in this month" in text
    assert "At a glance" not in text


def test_missing_days_and_simulated_answers_are_announced_first() -> None:
    review = monthly_sample() | {"simulated": True, "days": {"expected": 31, "counted": 30, "missing": ["2026-10-04"]}}
    text = _text(_page(review))
    assert text.index("Simulated figures.") < text.index("Days are missing. 30 of 31 days") < text.index("$")
    assert "missing: 4 Oct." in text


def test_without_an_answer_of_the_models_api_no_agreement_is_claimed() -> None:
    review = monthly_sample()
    review["models"] |= {"asked": False, "why_not": "RouterFunction did not answer.", "differences": []}
    text = _text(_page(review))
    assert "The models API was not asked. RouterFunction did not answer." in text
    assert "Nowhere." not in text


def test_names_cannot_break_out() -> None:
    review = monthly_sample()
    changed = next(task for task in review["tasks"] if task["change"])
    changed |= {"task": HOSTILE, "why": HOSTILE, "verdict": HOSTILE}
    changed["change"] |= {"text": HOSTILE, "file": HOSTILE, "tier": HOSTILE}
    review["models"]["not_in_catalog"] = [HOSTILE]
    review["models"]["near_retirement"][0] |= {"model": HOSTILE, "retires_at": HOSTILE}
    review["rules"]["version"] = HOSTILE
    assert faults(_page(review)) == []
