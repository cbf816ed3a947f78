"""Compares a day of the ledger with Anthropic's usage and cost reports, and stores the differences."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from model_router.domain.catalog import Catalog
from model_router.domain.json_codec import dumps
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.reconciliation.drift import compare
from model_router.domain.reconciliation.ports import AdminReports, LedgerAttempts
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.ports import ReportStore

DAYS_BACK = 2
"""How long after a day it is compared, so that late records and Anthropic's reports are complete."""


@dataclass(slots=True, eq=False)
class ReconcileService:
    attempts: LedgerAttempts
    admin: AdminReports
    reports: ReportStore
    catalog: Callable[[], Catalog]
    telemetry: Telemetry
    clock: Clock

    def reconcile(self, day: date | None = None) -> Mapping[str, object]:
        """The report of a day, by default of the day before yesterday. It is also written to S3.

        Raises AdminApiFailed or SpendUnavailable if a side is unavailable.
        """
        day = day or self.clock.now().date() - timedelta(days=DAYS_BACK)
        catalog = self.catalog()
        ledger = self.attempts.read(day, lambda side, attempt: side.add(attempt, catalog))
        report: dict[str, Any] = as_json(compare(day, ledger, self.admin.side(day).renamed(catalog.ids)))
        self.reports.write_report("reconciliation", {f"{day.isoformat()}.json": dumps(report) + "\n"})
        if not report["within_tolerance"]:
            self.telemetry.event("ReconciliationDrift", day=report["day"], cost=report["cost"])
        return report
