"""The weekly report's service: which days it takes from where, what it writes, whom it tells."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClock
from tests.support.golden_week import golden_week, only_failures
from tests.support.spend import totals_of
from tests.support.spend_fakes import FakeLedgerDays, FakeNotices, FakeReportStore

from model_router.domain.errors import InvalidRequest
from model_router.domain.spend.periods import Week
from model_router.domain.spend.ports import DayTotals, SpendUnavailable
from model_router.services.reports.weekly_report import WeeklyReportService

MONDAY = datetime(2026, 11, 23, 6, tzinfo=UTC)
W47 = Week.parse("2026-W47")


class Weekly:
    def __init__(self, now: datetime = MONDAY) -> None:
        self.ledger, self.store, self.notices = FakeLedgerDays(), FakeReportStore(), FakeNotices()
        self.pages: list[Mapping[str, Any]] = []
        self.service = WeeklyReportService(
            self.ledger, self.store, self.notices, self.render, FakeClock(now), memory_megabytes=512
        )

    def render(self, report: Mapping[str, Any]) -> str:
        self.pages.append(report)
        return f"<html>{report['week']}</html>"

    def report(self, week: str = "2026-W47") -> Any:
        return json.loads(self.store.files[f"reports/weekly/{week}/report.json"], parse_float=Decimal)


@pytest.fixture
def weekly() -> Weekly:
    found = Weekly()
    for number, day in enumerate(W47.days):
        found.store.write_day(day, DayTotals("1", totals_of(golden_week()[number : number + 1])))
    return found


def test_by_default_it_is_of_the_week_before(weekly: Weekly) -> None:
    done = weekly.service.run()
    assert done["week"] == "2026-W47"
    assert done["files"] == {
        name: f"s3://bucket/reports/weekly/2026-W47/{name}" for name in ("report.json", "report.csv", "report.html")
    }
    assert weekly.report()["totals"]["requests"] == 7


def test_days_that_were_summed_up_are_not_read_again(weekly: Weekly) -> None:
    weekly.service.run()
    assert weekly.ledger.days_read == W47.before.days


def test_a_day_that_the_night_missed_is_read_from_the_ledger(weekly: Weekly) -> None:
    del weekly.store.days[date(2026, 11, 17)]
    weekly.ledger.put(date(2026, 11, 17), totals_of(only_failures()))
    weekly.service.run()
    assert weekly.report()["totals"]["requests"] == 6 + 3


def test_of_this_week_today_is_read_from_the_ledger_and_the_days_to_come_are_not() -> None:
    weekly = Weekly()
    weekly.store.write_day(MONDAY.date(), DayTotals("1", totals_of(only_failures())))
    weekly.ledger.put(MONDAY.date(), totals_of(golden_week()[:1]))
    weekly.service.run(Week.parse("2026-W48"))
    assert weekly.report("2026-W48")["totals"]["requests"] == 1
    assert MONDAY.date() + timedelta(days=1) not in weekly.ledger.days_read


def test_a_week_that_has_not_started_is_refused(weekly: Weekly) -> None:
    with pytest.raises(InvalidRequest, match="has not started"):
        weekly.service.run(Week.parse("2026-W49"))
    assert weekly.store.files == {}


def test_the_same_ledger_gives_the_same_bytes_whenever_it_is_run(weekly: Weekly) -> None:
    weekly.service.run()
    before = dict(weekly.store.files)
    later = Weekly(MONDAY + timedelta(days=40))
    later.store.days = weekly.store.days
    later.service.run(W47)
    assert later.store.files == before


def test_a_notice_is_sent_once_and_again_when_a_figure_changed(weekly: Weekly) -> None:
    weekly.service.run()
    weekly.service.run()
    assert len(weekly.notices.sent) == 1
    weekly.store.write_day(W47.monday, DayTotals("2", totals_of(golden_week()[:2])))
    weekly.service.run()
    assert len(weekly.notices.sent) == 2


def test_a_notice_that_fails_is_an_error_after_the_report_is_safe(weekly: Weekly) -> None:
    weekly.notices.broken = True
    with pytest.raises(SpendUnavailable):
        weekly.service.run()
    assert weekly.report()["totals"]["requests"] == 7


def test_the_page_is_made_of_what_the_json_says(weekly: Weekly) -> None:
    weekly.service.run()
    assert weekly.pages == [weekly.report()]


def test_the_notice_has_the_headline_and_the_place(weekly: Weekly) -> None:
    weekly.service.run()
    [(subject, text)] = weekly.notices.sent
    assert subject == "Claude spend 2026-W47: $0.17, saved 21.8 % to 32.8 %"
    assert subject.isascii()
    assert "s3://bucket/reports/weekly/2026-W47/report.html" in text
    assert "Escalation rate  20.0 % (the week before: none), OVER THE TARGET" in text


def test_the_notice_of_a_week_without_requests_says_so() -> None:
    weekly = Weekly()
    weekly.service.run()
    [(subject, text)] = weekly.notices.sent
    assert subject == "Claude spend 2026-W47: no requests"
    assert text.startswith("No requests in 2026-W47.")


def test_simulated_figures_say_so_first() -> None:
    totals = totals_of(golden_week())
    totals.overall.simulated = 1
    weekly = Weekly()
    weekly.store.write_day(W47.monday, DayTotals("1", totals))
    weekly.service.run()
    assert weekly.notices.sent[0][0].startswith("SIMULATED: ")
    assert weekly.report()["simulated"] is True


def test_a_loss_has_its_sign() -> None:
    weekly = Weekly()
    weekly.store.write_day(W47.monday, DayTotals("1", totals_of(golden_week()[9:])))
    weekly.service.run()
    [(subject, text)] = weekly.notices.sent
    assert subject == "Claude spend 2026-W47: $0.00, saved none"
    assert "Saved            -$0.00 to -$0.00" in text
