"""The monthly review: what it is made of, what it says, where it is written."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClock, FakeRulesStore
from tests.support.month import Cell, month_totals
from tests.support.monthly_sample import SAMPLE, sample_text, upstream
from tests.support.presets import Each, Preset
from tests.support.spend import totals_of
from tests.support.spend_fakes import FakeReportStore

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.calls.ports import CallFailed
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.errors import InvalidRequest
from model_router.domain.routing.ports import RulesUnavailable
from model_router.domain.routing.rules_parsing import InvalidRules, parse
from model_router.domain.spend.monthly.review import (
    REVIEWED_PARTS,
    Counted,
    MonthlyReview,
    ReviewedRules,
    Upstream,
    monthly_review,
)
from model_router.domain.spend.periods import Month
from model_router.domain.spend.ports import DayTotals
from model_router.domain.spend.totals.totals import Totals
from model_router.services.reports.monthly_review import MonthlyReviewService

FIRST = datetime(2026, 11, 1, 7, tzinfo=UTC)
OCTOBER = Month.parse("2026-10")


class FakeModels:
    def __init__(self) -> None:
        self.listed: Sequence[UpstreamModel] = upstream()
        self.failure: CallFailed | None = None

    def list_models(self, timeout_seconds: float) -> Sequence[UpstreamModel]:
        assert timeout_seconds > 0
        if self.failure is not None:
            raise self.failure
        return self.listed


class Monthly:
    """The review's service among fakes, and a preset's traffic."""

    def __init__(self, preset: Preset, now: datetime = FIRST) -> None:
        self.preset = preset
        self.store, self.models = FakeReportStore(), FakeModels()
        self.rules = FakeRulesStore(preset.parameters())
        self.pages: list[Mapping[str, Any]] = []
        self.service = MonthlyReviewService(
            self.store, self.rules, packaged_rules, packaged_catalog(), self.models, self.render, FakeClock(now)
        )

    def render(self, review: Mapping[str, Any]) -> str:
        self.pages.append(review)
        return f"<html>{review['month']}</html>"

    def put(self, day: str, *cells: Cell, simulated: bool = False) -> None:
        totals = month_totals(cells, day, simulated=simulated, preset=self.preset)
        self.store.write_day(date.fromisoformat(day), DayTotals("1", totals))

    def review(self, month: str = "2026-10") -> Any:
        return json.loads(self.store.files[f"reports/monthly/{month}/review.json"], parse_float=Decimal)

    def task(self, name: str) -> Any:
        return next(task for task in self.review()["tasks"] if task["task"] == name)


@pytest.fixture
def monthly(preset: Preset) -> Monthly:
    """A month in which so many extractions escalate that Sonnet at once would be cheaper."""
    found, failed = Monthly(preset), preset.of(Each(7, 10))
    for day in OCTOBER.days:
        found.put(day.isoformat(), Cell("extraction", "haiku", 10, failed), Cell("default", "sonnet", 5))
    return found


def test_by_default_it_is_of_the_month_before(monthly: Monthly) -> None:
    done = monthly.service.run()
    assert done["month"] == "2026-10"
    assert done["files"] == {
        name: f"s3://bucket/reports/monthly/2026-10/{name}" for name in ("review.json", "review.html")
    }
    assert (monthly.review()["from"], monthly.review()["to"]) == ("2026-10-01", "2026-10-31")


def test_all_days_of_the_month_are_merged_and_no_other(monthly: Monthly) -> None:
    monthly.put("2026-09-30", Cell("extraction", "haiku", 1000))
    monthly.put("2026-11-01", Cell("extraction", "haiku", 1000))
    monthly.service.run()
    assert monthly.review()["headline"]["requests"] == 31 * 15
    assert monthly.review()["days"] == {"expected": 31, "counted": 31, "missing": []}


def test_a_day_without_totals_is_named(monthly: Monthly) -> None:
    del monthly.store.days[date(2026, 10, 4)]
    monthly.service.run()
    assert monthly.review()["days"] == {"expected": 31, "counted": 30, "missing": ["2026-10-04"]}


def test_a_task_is_listed_with_its_figures_and_the_file_that_changes_it(preset: Preset, monthly: Monthly) -> None:
    done = monthly.service.run()
    task = monthly.task("extraction")
    # 310 requests, 217 of which failed and went up: each 0.0035, and 0.0105 for those.
    # On the 5.5 line all of them failed: each 0.00035, and 0.007.
    assert (task["requests"], task["tier"]) == (310, "haiku")
    assert task["spent_usd"] == preset.of(Each(Decimal("3.3635"), Decimal("2.2785")))
    assert task["cost_per_request_usd"] == preset.of(Each(Decimal("0.01085"), Decimal("0.00735")))
    assert (task["escalation_rate"]["value"], task["escalation_rate"]["n"]) == (preset.of(Each(Decimal("0.7"), 1)), 310)
    assert task["pass_rate"]["value"] == preset.of(Each(Decimal("0.3"), 0))
    assert task["verdict"] == "raise"
    # 310 × (0.01085 − 0.0105), on the 5.5 line 310 × (0.00735 − 0.007)
    assert task["expected_saving_usd"] == Decimal("0.1085")
    assert done["changes"] == ["tasks/extraction.json"]


def test_the_proposed_files_with_preset_the_rules_are_a_valid_set(monthly: Monthly) -> None:
    monthly.service.run()
    changes = [task["change"] for task in monthly.review()["tasks"] if task["change"]]
    assert changes
    changed = {change["parameter"]: change["text"] for change in changes}
    rules = parse({**monthly.rules.parameters, **changed})
    assert rules.tasks["extraction"].tier == "sonnet"


def test_the_share_that_no_rule_matched_leaves_pinned_requests_out(monthly: Monthly) -> None:
    monthly.put("2026-10-01", Cell("default", "opus", 100, arm="pinned"), Cell("extraction", "haiku", 15))
    monthly.service.run()
    # 30 days of 5 in 15, and a day of 15 that matched and 100 that were pinned
    assert monthly.review()["unmatched"] == {"requests": 150, "of": 465, "share": Decimal("0.322581")}


def test_the_page_is_made_of_what_the_json_says(monthly: Monthly) -> None:
    monthly.service.run()
    assert monthly.pages == [monthly.review()]
    assert monthly.store.files["reports/monthly/2026-10/review.html"] == "<html>2026-10</html>"


def test_the_same_totals_give_the_same_bytes_whenever_it_is_run(preset: Preset, monthly: Monthly) -> None:
    monthly.service.run()
    later = Monthly(preset, datetime(2027, 1, 9, tzinfo=UTC))
    later.store.days = monthly.store.days
    later.service.run(OCTOBER)
    assert later.store.files == monthly.store.files


def test_a_month_in_progress_is_reviewed_as_far_as_it_has_come(preset: Preset) -> None:
    monthly = Monthly(preset, datetime(2026, 10, 3, 12, tzinfo=UTC))
    monthly.put("2026-10-01", Cell("extraction", "haiku", 10))
    monthly.put("2026-10-03", Cell("extraction", "haiku", 1000))
    monthly.service.run(OCTOBER)
    review = monthly.review()
    assert (review["to"], review["as_of"], review["headline"]["requests"]) == ("2026-10-02", "2026-10-03", 10)
    assert review["days"] == {"expected": 2, "counted": 1, "missing": ["2026-10-02"]}


@pytest.mark.parametrize("month", ["2026-11", "2027-01"])
def test_a_month_of_which_no_day_is_over_is_refused(preset: Preset, month: str) -> None:
    monthly = Monthly(preset)
    with pytest.raises(InvalidRequest, match="no day of"):
        monthly.service.run(Month.parse(month))
    assert monthly.store.files == {}


def test_an_empty_month_comes_out_right(preset: Preset) -> None:
    monthly = Monthly(preset)
    monthly.service.run()
    review = monthly.review()
    assert (review["tasks"], review["headline"]["saved_share"], review["unmatched"]["share"]) == ([], None, None)
    assert review["headline"]["pass_rate"] is None


def test_the_rules_that_serve_are_reviewed_and_without_any_the_packaged_ones(monthly: Monthly) -> None:
    monthly.rules.parameters = {}
    monthly.service.run()
    rules = monthly.review()["rules"]
    assert rules["packaged"] is True
    assert rules["version"].startswith("packaged-")
    assert [tier["tier"] for tier in rules["tiers"]] == ["haiku", "sonnet", "opus"]


def test_without_readable_or_valid_rules_there_is_no_review(monthly: Monthly) -> None:
    monthly.rules.unavailable = True
    with pytest.raises(RulesUnavailable):
        monthly.service.run()
    monthly.rules.unavailable = False
    monthly.rules.parameters["tiers"] = "{}"
    with pytest.raises(InvalidRules):
        monthly.service.run()
    assert monthly.store.files == {}


def test_a_card_of_the_rules_replaces_the_catalogs(preset: Preset, monthly: Monthly) -> None:
    card = preset.card("sonnet").model_dump(mode="json", by_alias=True)
    for prices in card["prices"]:
        prices["bands"][0]["output"] = "30"
    monthly.rules.parameters[f"models/{preset.model('sonnet')}"] = json.dumps(card)
    monthly.service.run()
    sonnet = next(tier for tier in monthly.task("extraction")["tiers"] if tier["tier"] == "sonnet")
    # 1000 × $3/M + 500 × $30/M, on the 5.5 line 1000 × $2/M + 500 × $30/M
    assert sonnet["call_cost_usd"] == preset.of(Each(Decimal("0.018"), Decimal("0.017")))


def test_what_the_models_api_could_not_be_asked_is_said_and_the_rest_is_there(preset: Preset, monthly: Monthly) -> None:
    monthly.models.failure = CallFailed("key_refused", "RouterFunction: UpstreamError: no usable key")
    monthly.service.run()
    models = monthly.review()["models"]
    assert (models["asked"], models["why_not"]) == (False, "RouterFunction: UpstreamError: no usable key")
    assert models["differences"] == []
    near = preset.of(Each(["claude-haiku-4-5-20251001"], []))
    assert [found["model"] for found in models["near_retirement"]] == near
    assert monthly.task("extraction")["change"] is not None


def test_what_the_models_api_says_is_compared_with_the_catalog(preset: Preset, monthly: Monthly) -> None:
    monthly.service.run()
    models = monthly.review()["models"]
    assert models["asked"] is True
    near = preset.of(Each(["2026-12-31"], []))
    assert [found["retires_at"] for found in models["near_retirement"]] == near
    assert models["not_in_catalog"] == ["claude-fable-6"]
    assert [found["what"] for found in models["differences"]] == ["lifecycle", "retires_at", "max_tokens"]


def test_figures_of_a_stand_in_are_said_to_be_simulated(monthly: Monthly) -> None:
    monthly.put("2026-10-09", Cell("extraction", "haiku", 1), simulated=True)
    monthly.service.run()
    assert monthly.review()["simulated"] is True


def test_a_task_that_the_rules_no_longer_have_is_listed_without_a_change(monthly: Monthly) -> None:
    monthly.put("2026-10-09", Cell("old-task", "haiku", 60, 60))
    monthly.service.run()
    task = monthly.task("old-task")
    assert (task["tier"], task["change"], task["tiers"]) == (None, None, [])


def test_tasks_stand_by_what_was_spent_on_them(monthly: Monthly) -> None:
    monthly.service.run()
    spent = [task["spent_usd"] for task in monthly.review()["tasks"]]
    assert len(spent) == 2
    assert spent == sorted(spent, reverse=True)


def test_the_parts_that_are_read_are_all_that_the_review_speaks_of() -> None:
    totals = totals_of(SyntheticLedger(3).day(date(2026, 10, 1), 300))
    parts = Totals.from_json(totals.to_json(), REVIEWED_PARTS)
    assert parts != totals
    rules = packaged_rules()
    ruled = ReviewedRules(parse(rules, origin="packaged"), rules, packaged=True)

    def review(told: Totals) -> MonthlyReview:
        counted = Counted(OCTOBER, OCTOBER.days[:1], (), told)
        return monthly_review(counted, ruled, packaged_catalog(), Upstream(upstream()))

    assert review(parts) == review(totals)


def test_the_sample_is_current() -> None:
    assert SAMPLE.read_text(encoding="utf-8") == sample_text(), "python -m tests.support.monthly_sample"


def test_months_read_and_count_their_days() -> None:
    assert len(Month.parse("2028-02").days) == 29
    assert str(Month.before(date(2027, 1, 1))) == "2026-12"
    assert Month.parse("2026-12").following == date(2027, 1, 1)


@pytest.mark.parametrize("text", ["2026-13", "2026-1", "0000-01", "26-10", "2026-10-01", "", None, 202610])
def test_what_is_no_month_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(InvalidRequest, match="2026-10"):
        Month.parse(text)
