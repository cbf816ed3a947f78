"""A day of the ledger against Anthropic's reports: what differs is found, named and weighed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClock, FakeTelemetry

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.json_codec import dumps
from model_router.domain.money.pricing import ModelUsage, Usage, cost
from model_router.domain.reconciliation.drift import compare
from model_router.domain.reconciliation.sides import (
    KINDS,
    MAX_NAMED,
    SEARCHES,
    BilledAttempt,
    LedgerSide,
    Side,
    amounts,
    costs,
    mode_of,
)
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.ports import DayTotals, Written
from model_router.services.reports.reconcile import ReconcileService

CATALOG = packaged_catalog()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = NOON.date()
HAIKU, OPUS = "claude-haiku-4-5-20251001", "claude-opus-4-7"
USAGE = Usage(1000, 200, 30, 40, 50, 2)


def call(number: int = 1, model: str = HAIKU, usage: Usage = USAGE, off: str = "0") -> BilledAttempt:
    paid = cost(CATALOG, model, usage, NOON) + Decimal(off)
    return BilledAttempt(f"req_{number}-1", model, "known", paid, paid, usage, NOON)


def unknown(bound: str, model: str = HAIKU) -> BilledAttempt:
    return BilledAttempt("req_u-1", model, "unknown", None, Decimal(bound), Usage(), NOON)


def ledger(*calls: BilledAttempt) -> LedgerSide:
    side = LedgerSide()
    for one in calls:
        side.add(one, CATALOG)
    return side


def sold(*calls: BilledAttempt) -> Side:
    """What Anthropic reports of these calls: tokens by model, what searches cost under no model."""
    side = Side()
    for one in calls:
        for kind in KINDS:
            side.amounts[one.model, mode_of(one.usage), kind] += amounts(one.usage)[kind]
            row = SEARCHES if kind == "web_search" else (one.model, mode_of(one.usage), kind)
            side.usd[row] += costs(CATALOG, one.model, one.usage, NOON)[kind]
    return side


def report(ours: LedgerSide, theirs: Side) -> Any:
    return as_json(compare(DAY, ours, theirs))


def found(told: Any) -> list[tuple[str, str | None, str, bool]]:
    return [(one["finding"], one["model"], one["kind"], one["explained"]) for one in told["findings"]]


@pytest.mark.parametrize("model", sorted(CATALOG.models))
@pytest.mark.parametrize("geo", [None, "us"])
@pytest.mark.parametrize("tokens", [1, 99_999, 150_000])
def test_the_costs_of_the_kinds_add_up_to_the_price(model: str, geo: str | None, tokens: int) -> None:
    usage = Usage(tokens, 7, 11, 13, 17, 3, geo)
    assert sum(costs(CATALOG, model, usage, NOON).values()) == cost(CATALOG, model, usage, NOON)


def test_the_same_calls_on_both_sides_are_no_drift() -> None:
    told = report(ledger(call(1), call(2, OPUS)), sold(call(1), call(2, OPUS)))
    assert (told["exact"], told["within_tolerance"], told["findings"], told["cost"]["drift_usd"]) == (True, True, [], 0)
    assert told["cost"]["ledger_usd"] == call(1).cost_max_usd + call(2, OPUS).cost_max_usd


@pytest.mark.parametrize("changed", [{"fast": True}, {"batch": True}, {"inference_geo": "us"}])
def test_batch_fast_and_region_are_compared_apart(changed: Any) -> None:
    apart = call(2, "claude-opus-5-5", replace(USAGE, **changed))
    plain_call = call(1, "claude-opus-5-5")
    assert report(ledger(plain_call, apart), sold(plain_call, apart))["exact"]
    told = report(ledger(plain_call, plain_call), sold(plain_call, apart))
    modes = {(one["finding"], one["mode"]) for one in told["findings"]}
    assert modes == {("surplus", "standard"), ("missing", mode_of(apart.usage))}


def test_another_models_work_within_a_call_is_its_models_and_no_mispriced_record() -> None:
    advice = ModelUsage(OPUS, Usage(500, 60))
    paid = cost(CATALOG, HAIKU, USAGE, NOON) + cost(CATALOG, OPUS, advice.usage, NOON)
    advised = replace(call(1), cost_usd=paid, cost_max_usd=paid, other_models=(advice,))
    assert report(ledger(advised), sold(call(1), call(2, OPUS, advice.usage)))["exact"]


def test_a_call_of_unknown_cost_explains_what_its_other_models_were_sold() -> None:
    vague = replace(unknown("0.5"), other_models=(ModelUsage(OPUS, Usage(500, 60)),))
    told = report(ledger(vague), sold(call(2, OPUS, Usage(500, 60))))
    assert {explained for *_, explained in found(told)} == {True}
    assert told["unknown"] == [{"model": HAIKU, "calls": 1, "max_usd": Decimal("0.5")}]


def test_free_calls_were_not_sold() -> None:
    free = BilledAttempt("req_f-1", HAIKU, "free", Decimal(0), Decimal(0), USAGE, NOON)
    assert report(ledger(call(), free), sold(call()))["exact"]


def test_an_alias_and_its_model_are_one() -> None:
    theirs = sold(call(model="claude-haiku-4-5")).renamed(CATALOG.ids)
    assert report(ledger(call(model="claude-haiku-4-5")), theirs)["exact"]


def test_a_call_that_the_ledger_lacks_is_missing_in_each_of_its_kinds() -> None:
    told = report(ledger(call(1)), sold(call(1), call(2, OPUS, Usage(500, 60))))
    assert found(told) == [("missing", OPUS, "input", False), ("missing", OPUS, "output", False)]
    assert [one["drift"] for one in told["findings"]] == [-500, -60]
    assert told["cost"]["drift_usd"] == -cost(CATALOG, OPUS, Usage(500, 60), NOON)


def test_a_record_that_is_there_twice_is_surplus() -> None:
    told = report(ledger(call(1), call(1)), sold(call(1)))
    assert {finding for finding, *_ in found(told)} == {"surplus"}
    assert {kind for _, _, kind, _ in found(told)} == set(KINDS)
    assert not told["within_tolerance"]


def test_a_record_whose_cost_is_not_what_its_tokens_cost_is_named() -> None:
    told = report(
        ledger(call(1), call(2, off="0.5"), call(3, OPUS, off="-0.25")), sold(call(1), call(2), call(3, OPUS))
    )
    [finding] = told["findings"]
    assert (finding["finding"], finding["kind"], finding["calls"]) == ("mispriced", "record", 2)
    assert finding["attempts"] == ["req_2-1", "req_3-1"]
    assert (finding["drift_usd"], told["cost"]["drift_usd"]) == (Decimal("0.25"), Decimal("0.25"))


def test_wrong_records_that_cancel_each_other_out_are_still_beyond_the_tolerance() -> None:
    told = report(ledger(call(1, off="0.001"), call(2, off="-0.001")), sold(call(1), call(2)))
    assert (told["cost"]["drift_usd"], told["within_tolerance"]) == (0, False)


def test_a_price_that_is_not_anthropics_is_found_by_its_kind() -> None:
    theirs = sold(call(1))
    theirs.usd[HAIKU, "standard", "output"] += Decimal("0.02")
    told = report(ledger(call(1)), theirs)
    assert found(told) == [("mispriced", HAIKU, "output", False)]
    assert not told["within_tolerance"]


def test_searches_at_another_price_are_mispriced_and_missing_ones_are_reported_once() -> None:
    theirs = sold(call(1))
    theirs.usd[SEARCHES] += Decimal(1)
    assert found(report(ledger(call(1)), theirs)) == [("mispriced", None, "web_search", False)]
    more = sold(call(1), call(2, usage=Usage(web_searches=4)))
    assert found(report(ledger(call(1)), more)) == [("missing", HAIKU, "web_search", False)]


def test_attempts_of_unknown_cost_explain_what_is_missing_up_to_their_bounds() -> None:
    theirs = sold(call(1), call(2, usage=Usage(1000, 0)))  # $0.001 more
    for bound, explained in (("0.001", True), ("0.0009", False)):
        told = report(ledger(call(1), unknown(bound)), theirs)
        assert found(told) == [("missing", HAIKU, "input", explained)]
        assert told["unknown"] == [{"model": HAIKU, "calls": 1, "max_usd": Decimal(bound)}]
    assert not report(ledger(call(1), unknown("1", OPUS)), theirs)["findings"][0]["explained"]


def test_a_cent_or_a_thousandth_of_the_day_is_within_the_tolerance() -> None:
    small = Usage(9_999, 0)
    assert report(ledger(call(1)), sold(call(1), call(2, usage=small)))["within_tolerance"]
    large = Usage(30_000_000, 0)  # $30, of which a thousandth is more than the other call cost
    assert report(ledger(call(1), call(2, usage=large)), sold(call(2, usage=large)))["within_tolerance"]
    assert not report(ledger(call(1)), sold(call(1), call(2, usage=Usage(10_001, 0))))["within_tolerance"]


def test_an_empty_day_is_exact() -> None:
    told = report(ledger(), Side())
    assert (told["exact"], told["cost"]["drift_percent"], told["rows"]) == (True, None, [])


def test_parts_of_a_day_merge_to_the_whole() -> None:
    calls = [call(number, (HAIKU, OPUS)[number % 2], off="0.01") for number in range(2 * MAX_NAMED)]
    whole, parts = ledger(*calls, unknown("0.5")), ledger()
    for one in [*calls, unknown("0.5")]:
        parts.merge(ledger(one))
    assert dumps(report(parts, Side())) == dumps(report(whole, Side()))
    assert len(report(parts, Side())["findings"][-1]["attempts"]) == MAX_NAMED


class Calls:
    def __init__(self, *calls: BilledAttempt) -> None:
        self.calls = calls
        self.asked: list[date] = []

    def read(self, day: date, add: Callable[[LedgerSide, BilledAttempt], None]) -> LedgerSide:
        self.asked.append(day)
        side = LedgerSide()
        for one in self.calls:
            add(side, one)
        return side


class Admin:
    def __init__(self, side: Side) -> None:
        self._side = side

    def side(self, day: date) -> Side:
        assert day <= DAY
        return self._side


class Reports:
    def __init__(self) -> None:
        self.written: dict[str, str] = {}

    def read_day(self, day: date, parts: Collection[str] = ()) -> DayTotals | None:
        raise AssertionError(day, parts)

    def write_day(self, day: date, totals: DayTotals) -> None:
        raise AssertionError(day, totals)

    def write_report(self, folder: str, files: Mapping[str, str]) -> Written:
        self.written.update({f"{folder}/{name}": text for name, text in files.items()})
        return Written({}, changed=True)


def service(calls: Calls, side: Side) -> tuple[ReconcileService, Reports, FakeTelemetry]:
    reports, telemetry, clock = Reports(), FakeTelemetry(), FakeClock()
    return ReconcileService(calls, Admin(side), reports, lambda: CATALOG, telemetry, clock), reports, telemetry


def test_the_day_two_days_before_is_compared_and_the_report_kept() -> None:
    calls = Calls(call())
    reconcile, reports, telemetry = service(calls, sold(call()))
    told = reconcile.reconcile()
    assert calls.asked == [date(2026, 11, 21)]
    assert reports.written == {"reconciliation/2026-11-21.json": dumps(told) + "\n"}
    assert telemetry.events == []


def test_a_drift_beyond_the_tolerance_is_an_event_with_its_amount() -> None:
    reconcile, _, telemetry = service(Calls(), sold(call(usage=Usage(1_000_000, 0))))
    reconcile.reconcile(date(2026, 11, 1))
    [event] = telemetry.named("ReconciliationDrift")
    assert (event["day"], event["cost"]) == ("2026-11-01", reconcile.reconcile(date(2026, 11, 1))["cost"])
