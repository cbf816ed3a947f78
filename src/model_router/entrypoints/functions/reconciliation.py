"""ReconciliationFunction's handler: each morning for the day before yesterday, or for `{"day": "2026-11-20"}`."""

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

import model_router.entrypoints.bootstrap
from model_router.adapters.admin_api.reports import AnthropicAdmin
from model_router.adapters.aws.errors import code
from model_router.adapters.aws.parameter_store import ParameterStoreRules
from model_router.adapters.packaged import packaged_catalog
from model_router.adapters.settings import ReconciliationSettings
from model_router.domain.card_like import RulesCard, card_form, with_cards
from model_router.domain.catalog import Catalog
from model_router.domain.errors import NotFound
from model_router.domain.json_codec import dumps
from model_router.domain.reconciliation.ports import AdminApiFailed
from model_router.domain.routing.ports import RulesUnavailable
from model_router.entrypoints.functions.payload_fields import day_field
from model_router.entrypoints.functions.report_wiring import client, clock, ledger_attempts, report_store, telemetry
from model_router.services.reports.reconcile import ReconcileService

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

model_router.entrypoints.bootstrap.done()

_MODELS = "models/"


def handler(event: Any, context: Any) -> Any:
    """Returns the day's report. Raises on failure, so that Lambda retries and counts it."""
    try:
        return json.loads(dumps(_service().reconcile(day_field(event))))
    finally:
        telemetry().flush()


@cache
def _service() -> ReconcileService:
    settings = ReconciliationSettings.read()
    ssm = client("ssm")
    return ReconcileService(
        attempts=ledger_attempts(settings.ledger_table),
        admin=AnthropicAdmin(
            lambda: _admin_key(ssm, settings), settings.base_url, workspace=settings.workspace_id or None
        ),
        reports=report_store(settings.reports_bucket),
        catalog=lambda: _catalog(ssm, settings),
        telemetry=telemetry(),
        clock=clock(),
    )


def _admin_key(ssm: "SSMClient", settings: ReconciliationSettings) -> str:
    try:
        answer = ssm.get_parameter(Name=settings.admin_key_parameter, WithDecryption=True)
    except (BotoCoreError, ClientError) as error:
        raise AdminApiFailed(
            f"the admin key at {settings.admin_key_parameter} cannot be read: {code(error)}. "
            "`router key set --admin` puts it there."
        ) from None
    return answer["Parameter"]["Value"]


def _catalog(ssm: "SSMClient", settings: ReconciliationSettings) -> Catalog:
    """The catalog with the rules' `models/<id>` applied, as RouterFunction prices by.

    An invalid card makes RouterFunction refuse the whole set of rules; here the packaged catalog is used then.
    """
    cards: dict[str, RulesCard] = {}
    try:
        parameters = ParameterStoreRules(ssm, settings.rules_path).read_set()
        for name, text in parameters.items():
            if name.startswith(_MODELS):
                value = json.loads(text)
                cards[name.removeprefix(_MODELS)] = card_form(value).model_validate(value)
        return with_cards(packaged_catalog(), cards)
    except (RulesUnavailable, ValidationError, ValueError, NotFound) as error:
        telemetry().event("RulesUnavailable", why=type(error).__name__, serving="packaged catalog")
        return packaged_catalog()
