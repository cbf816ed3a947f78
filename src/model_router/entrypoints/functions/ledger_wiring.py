"""Wires the functions that maintain the ledger, once per sandbox, on first use."""

from dataclasses import dataclass
from functools import cache

import boto3
from botocore.config import Config

from model_router.adapters.ledger.store import DynamoLedger
from model_router.adapters.settings import LedgerSettings
from model_router.adapters.telemetry import PowertoolsTelemetry

# No caller waits for these functions: they retry longer than the request path does.
_CONFIG = Config(
    connect_timeout=2,
    read_timeout=5,
    retries={"total_max_attempts": 4, "mode": "standard"},
    max_pool_connections=16,
)


@dataclass(frozen=True, slots=True)
class LedgerFunction:
    ledger: DynamoLedger
    telemetry: PowertoolsTelemetry


@cache
def ledger_function() -> LedgerFunction:
    dynamodb = boto3.client("dynamodb", config=_CONFIG)
    return LedgerFunction(DynamoLedger(dynamodb, LedgerSettings.read().ledger_table), PowertoolsTelemetry())
