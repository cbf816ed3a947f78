"""WeeklyReportFunction's handler: the ISO week before, or with `{"week": "2026-W47"}` that week."""

import json
from functools import cache
from typing import Any

import model_router.entrypoints.bootstrap
from model_router.adapters.aws.sns import SnsNotices
from model_router.adapters.report_pages.weekly.page import render_weekly
from model_router.adapters.settings import WeeklyReportSettings
from model_router.domain.json_codec import dumps
from model_router.domain.spend.periods import Week
from model_router.entrypoints.functions.payload_fields import only_field
from model_router.entrypoints.functions.report_wiring import LedgerWhenAsked, client, clock, report_store
from model_router.services.reports.weekly_report import WeeklyReportService

model_router.entrypoints.bootstrap.done()


def handler(event: Any, context: Any) -> Any:
    """Answers with the week, its files' addresses and the headline."""
    del context
    asked = only_field(event, "week")
    return json.loads(dumps(_service().run(None if asked is None else Week.parse(asked))))


@cache
def _service() -> WeeklyReportService:
    settings = WeeklyReportSettings.read()
    return WeeklyReportService(
        ledger=LedgerWhenAsked(settings.ledger_table),
        store=report_store(settings.reports_bucket),
        notices=SnsNotices(client("sns"), settings.reports_topic_arn),
        render=render_weekly,
        clock=clock(),
        memory_megabytes=settings.router_memory_megabytes,
    )
