"""The weekly report: the totals of seven days merged and compared with the week before, stored, and announced."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import dumps
from model_router.domain.ports import Clock
from model_router.domain.spend.figures import as_json, to_csv
from model_router.domain.spend.periods import Week
from model_router.domain.spend.ports import LedgerDays, Notices, ReportStore
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.report import notice, weekly_report

Render = Callable[[Mapping[str, Any]], str]
"""Renders the page of a report's JSON."""


@dataclass(slots=True, eq=False)
class WeeklyReportService:
    """Writes `reports/weekly/<week>/report.{json,csv,html}`. Equal ledgers give equal bytes."""

    ledger: LedgerDays
    store: ReportStore
    notices: Notices
    render: Render
    clock: Clock
    memory_megabytes: int

    def run(self, week: Week | None = None) -> Mapping[str, object]:
        """Writes the report of a week, by default of the previous one. Raises InvalidRequest, SpendUnavailable.

        Returns the addresses of the files and the headline.
        """
        today = self.clock.now().date()
        week = week or Week.of(today).before
        if week.monday > today:
            raise InvalidRequest(f"week: {week} has not started. It starts on {week.monday} (UTC).")
        this, last = self._totals(week, today), self._totals(week.before, today)
        report = weekly_report(week, this, last, today=today, memory_megabytes=self.memory_megabytes)
        stored: dict[str, Any] = as_json(report)
        files = {"report.json": dumps(stored), "report.csv": to_csv(stored), "report.html": self.render(stored)}
        written = self.store.write_report(f"weekly/{week}", files)
        if written.changed:
            self.notices.send(*notice(report, written.addresses["report.html"]))
        return {
            "week": str(week),
            "files": dict(written.addresses),
            "changed": written.changed,
            "headline": stored["headline"],
        }

    def _totals(self, week: Week, today: date) -> Totals:
        totals = Totals()
        for day in week.days:
            if day <= today:
                totals.absorb(self._day(day, today))
        return totals

    def _day(self, day: date, today: date) -> Totals:
        """The stored totals. Those of today, and of a day without stored totals, are read from the ledger."""
        stored = self.store.read_day(day) if day < today else None
        return stored.totals if stored is not None else self.ledger.read(day).totals
