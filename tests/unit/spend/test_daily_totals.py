"""The nightly round: yesterday always, the days before only where the ledger has changed."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.support.fakes import FakeClock, FakeTelemetry
from tests.support.golden_week import golden_week
from tests.support.spend import totals_of
from tests.support.spend_fakes import FakeLedgerDays, FakeReportStore

from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import dumps
from model_router.domain.ledger.measures import Measure
from model_router.domain.spend.totals.sums import QualitySums
from model_router.domain.spend.totals.totals import Totals
from model_router.services.reports.daily_totals import DailyTotalsService

NIGHT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
YESTERDAY = date(2026, 11, 22)


class Nightly:
    def __init__(self) -> None:
        self.ledger, self.store, self.telemetry = FakeLedgerDays(), FakeReportStore(), FakeTelemetry()
        self.service = DailyTotalsService(self.ledger, self.store, self.telemetry, FakeClock(NIGHT))


@pytest.fixture
def nightly() -> Nightly:
    return Nightly()


def checked(passed: int, of: int) -> Totals:
    totals = Totals()
    totals.quality["classification"].absorb(QualitySums(checked=of, passed=passed))
    return totals


def test_the_first_night_makes_yesterday_and_the_seven_days_before(nightly: Nightly) -> None:
    done = nightly.service.run()
    assert done["made"] == [(YESTERDAY - timedelta(days=number)).isoformat() for number in range(8)]
    assert nightly.store.days.keys() == {YESTERDAY - timedelta(days=number) for number in range(8)}


def test_the_next_run_reads_yesterday_again_and_leaves_what_has_not_changed(nightly: Nightly) -> None:
    nightly.service.run()
    nightly.ledger.days_read.clear()
    done = nightly.service.run()
    assert done["made"] == ["2026-11-22"]
    assert nightly.ledger.days_read == [YESTERDAY]


def test_a_late_settlement_has_its_day_read_again(nightly: Nightly) -> None:
    nightly.service.run()
    late = date(2026, 11, 18)
    nightly.ledger.put(late, totals_of(golden_week()[:1]))
    done = nightly.service.run()
    assert done["made"] == ["2026-11-22", "2026-11-18"]
    assert nightly.store.days[late].totals.days.total().requests == 1


def test_a_record_that_changes_while_its_day_is_read_is_found_the_next_night(nightly: Nightly) -> None:
    nightly.service.run()
    day = date(2026, 11, 20)
    nightly.ledger.put(day, totals_of(golden_week()[:1]))
    nightly.ledger.meanwhile = lambda: nightly.ledger.put(day, totals_of(golden_week()[:2]))
    nightly.service.run()
    nightly.ledger.meanwhile = lambda: None
    assert nightly.service.run()["made"] == ["2026-11-22", "2026-11-20"]
    assert nightly.store.days[day].totals.days.total().requests == 2


def test_without_time_the_earlier_days_are_put_off(nightly: Nightly) -> None:
    done = nightly.service.run(has_time=lambda: False)
    assert done["made"] == ["2026-11-22"]
    assert len(str(done["put_off"]).split(",")) == 7


def test_a_day_that_is_asked_for_is_made_alone(nightly: Nightly) -> None:
    assert nightly.service.run(date(2026, 10, 1))["made"] == ["2026-10-01"]
    assert list(nightly.store.days) == [date(2026, 10, 1)]


@pytest.mark.parametrize("day", [date(2026, 11, 23), date(2026, 11, 24)])
def test_a_day_that_is_not_over_is_refused(nightly: Nightly, day: date) -> None:
    with pytest.raises(InvalidRequest, match="not over"):
        nightly.service.run(day)


def test_a_drop_of_quality_is_emitted_in_points(nightly: Nightly) -> None:
    nightly.ledger.put(YESTERDAY, checked(45, 50))
    nightly.ledger.put(YESTERDAY - timedelta(days=7), checked(50, 50))
    assert nightly.service.run()["quality_drops"] == {"classification": Decimal(10)}
    assert nightly.telemetry.measured == [
        Measure("QualityDrop", 10.0, ("task", "classification")),
        Measure("QualityDropMax", 10.0),
    ]


def test_a_rise_is_a_drop_of_nothing(nightly: Nightly) -> None:
    nightly.ledger.put(YESTERDAY, checked(50, 50))
    nightly.ledger.put(YESTERDAY - timedelta(days=7), checked(45, 50))
    nightly.service.run()
    assert nightly.telemetry.measured[-1] == Measure("QualityDropMax", 0.0)


@pytest.mark.parametrize(("now", "before"), [(49, 50), (50, 49), (0, 50)])
def test_below_fifty_checked_answers_nothing_is_said(nightly: Nightly, now: int, before: int) -> None:
    nightly.ledger.put(YESTERDAY, checked(0, now))
    nightly.ledger.put(YESTERDAY - timedelta(days=7), checked(before, before))
    nightly.service.run()
    assert nightly.telemetry.measured == []


def test_totals_with_fields_that_an_earlier_version_stored_are_still_read() -> None:
    stored = totals_of(golden_week()).to_json()
    older = json.loads(dumps(stored), parse_float=Decimal)
    for group in (older["arms"]["names"]["routed"], older["overall"], older["days"]["names"]["2026-11-16"]):
        group |= {"a_count_of_old": 3, "an_amount_of_old": Decimal("0.1"), "latencies_of_old": {"12": 4}}
    assert Totals.from_json(older).to_json() == stored
