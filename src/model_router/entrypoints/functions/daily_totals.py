"""DailyTotalsFunction's handler: each night, or with `{"day": "2026-11-20"}` for one day."""

import json
from functools import cache
from typing import Any

import model_router.entrypoints.bootstrap
from model_router.adapters.settings import DailyTotalsSettings
from model_router.domain.json_codec import dumps
from model_router.entrypoints.functions.payload_fields import day_field
from model_router.entrypoints.functions.report_wiring import clock, ledger_days, report_store, telemetry
from model_router.services.reports.daily_totals import DailyTotalsService

model_router.entrypoints.bootstrap.done()

_MAX_DAY_MS = 300_000


def handler(event: Any, context: Any) -> Any:
    """Returns the days whose totals were made, were unchanged, or are left for the next night."""
    try:
        day = day_field(event)
        done = _service().run(day, has_time=lambda: context.get_remaining_time_in_millis() > _MAX_DAY_MS)
        return json.loads(dumps(done))
    finally:
        telemetry().flush()


@cache
def _service() -> DailyTotalsService:
    settings = DailyTotalsSettings.read()
    store = report_store(settings.reports_bucket)
    return DailyTotalsService(ledger_days(settings.ledger_table), store, telemetry(), clock())
