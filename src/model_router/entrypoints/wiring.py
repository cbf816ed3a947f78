"""Puts RouterFunction together: adapters into services, once per sandbox, on first use."""

from dataclasses import dataclass
from functools import cache

import boto3
from botocore.config import Config

from model_router.adapters.claude import AnthropicClaude
from model_router.adapters.clock import SystemClock
from model_router.adapters.dynamodb_ledger import DynamoLedger
from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.adapters.packaged_rules import packaged_rules
from model_router.adapters.parameter_store import ClaudeApiKey, ParameterStoreRules
from model_router.adapters.settings import RouterSettings, router_settings
from model_router.adapters.telemetry import PowertoolsTelemetry
from model_router.services.bookkeeping import Bookkeeping
from model_router.services.read_request import ReadRequestService
from model_router.services.route_request import RouteRequestService
from model_router.services.rules_source import RulesSource

# The ledger is on the path of every request: it is given little time, and a second try.
_LEDGER_CONFIG = Config(
    connect_timeout=1,
    read_timeout=1,
    retries={"total_max_attempts": 2, "mode": "standard"},
    tcp_keepalive=True,
)
_RULES_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"})


@dataclass(frozen=True, slots=True)
class RouterFunction:
    """What the doors use."""

    settings: RouterSettings
    rules: RulesSource
    route: RouteRequestService
    requests: ReadRequestService
    telemetry: PowertoolsTelemetry
    catalog_date: str


@cache
def router_function() -> RouterFunction:
    settings = router_settings()
    clock = SystemClock()
    telemetry = PowertoolsTelemetry()
    catalog = packaged_catalog()
    ssm = boto3.client("ssm", config=_RULES_CONFIG)
    ledger = DynamoLedger(boto3.client("dynamodb", config=_LEDGER_CONFIG), settings.ledger_table)
    rules = RulesSource(
        store=ParameterStoreRules(ssm, settings.rules_path),
        packaged=packaged_rules,
        catalog=catalog,
        telemetry=telemetry,
        clock=clock,
        cache_seconds=settings.rules_cache_seconds,
    )
    claude = AnthropicClaude(ClaudeApiKey(ssm, settings.claude_api_key_parameter), settings.claude_base_url)
    return RouterFunction(
        settings=settings,
        rules=rules,
        route=RouteRequestService(rules, claude, Bookkeeping(ledger, telemetry), telemetry, clock),
        requests=ReadRequestService(ledger),
        telemetry=telemetry,
        catalog_date=catalog.date.isoformat(),
    )
