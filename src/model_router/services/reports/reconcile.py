"""Compares a day of the ledger with Anthropic's own usage and cost reports, and keeps what differs."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from model_router.domain.catalog import Catalog
from model_router.domain.json_codec import dumps
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.reconciliation.drift import compare
from model_router.domain.reconciliation.ports import AdminReports, LedgerCalls
from model_router.domain.spend.ports import ReportStore

DAYS_BACK = 2
"""A day is compared this long after: the ledger's late records and Anthropic's reports are then there."""


class ReconcileService:
    def __init__(
        self,
        calls: LedgerCalls,
        admin: AdminReports,
        reports: ReportStore,
        catalog: Callable[[], Catalog],
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._calls = calls
        self._admin = admin
        self._reports = reports
        self._catalog = catalog
        self._telemetry = telemetry
        self._clock = clock

    def reconcile(self, day: date | None = None) -> Mapping[str, object]:
        """The day's report (None: of the day before yesterday), which then lies in S3 too.

        AdminApiFailed or SpendUnavailable where one of the sides cannot be had.
        """
        day = day or self._clock.now().date() - timedelta(days=DAYS_BACK)
        catalog = self._catalog()
        ledger = self._calls.read(day, lambda side, call: side.add(call, catalog))
        report = compare(day, ledger, self._admin.side(day).renamed(catalog.ids))
        self._reports.write_report("reconciliation", {f"{day.isoformat()}.json": dumps(report) + "\n"})
        if not report["within_tolerance"]:
            self._telemetry.event("ReconciliationDrift", day=report["day"], cost=report["cost"])
        return report
