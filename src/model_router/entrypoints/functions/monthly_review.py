"""MonthlyReviewFunction's handler: the month before, or with `{"month": "2026-10"}` that month."""

import json
from functools import cache
from typing import Any

from botocore.config import Config

import model_router.entrypoints.bootstrap
from model_router.adapters.aws.parameter_store import ParameterStoreRules
from model_router.adapters.aws.router_models import RouterModels
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.adapters.report_pages.monthly.page import render_monthly
from model_router.adapters.settings import MonthlyReviewSettings
from model_router.domain.json_codec import dumps
from model_router.domain.spend.periods import Month
from model_router.entrypoints.functions.payload_fields import only_field
from model_router.entrypoints.functions.report_wiring import client, clock, report_store
from model_router.services.reports.monthly_review import MonthlyReviewService

model_router.entrypoints.bootstrap.done()

_RULES_CONFIG = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 5, "mode": "standard"})
# A cold start of RouterFunction, and its call of the models API.
_ROUTER_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 2, "mode": "standard"})


def handler(event: Any, context: Any) -> Any:
    """Answers with the month, its files' addresses, the headline and the rules files that it proposes."""
    del context
    asked = only_field(event, "month")
    return json.loads(dumps(_service().run(None if asked is None else Month.parse(asked))))


@cache
def _service() -> MonthlyReviewService:
    settings = MonthlyReviewSettings.read()
    ssm = client("ssm", _RULES_CONFIG)
    return MonthlyReviewService(
        store=report_store(settings.reports_bucket),
        rules=ParameterStoreRules(ssm, settings.rules_path),
        packaged=packaged_rules,
        catalog=packaged_catalog(),
        models=RouterModels(client("lambda", _ROUTER_CONFIG), settings.router_function_arn),
        render=render_monthly,
        clock=clock(),
    )
