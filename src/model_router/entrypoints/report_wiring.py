"""Puts the report functions together: adapters into services, once per sandbox, on first use."""

from datetime import date
from functools import cache

import boto3
from botocore.config import Config

from model_router.adapters.clock import SystemClock
from model_router.adapters.dynamodb_ledger_calls import DynamoLedgerCalls
from model_router.adapters.dynamodb_ledger_reader import READERS, DynamoLedgerDays
from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.adapters.s3_reports import S3Reports
from model_router.domain.spend.cache_savings import CacheSavings
from model_router.domain.spend.ports import DayTotals

# Nobody waits for a report: throttled reads are tried again for as long as it takes.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 10, "mode": "adaptive"},
    max_pool_connections=READERS * 2,
)


def clock() -> SystemClock:
    return SystemClock()


def ledger_days(table: str) -> DynamoLedgerDays:
    return DynamoLedgerDays(boto3.client("dynamodb", config=_CONFIG), table, CacheSavings(packaged_catalog()))


class LedgerWhenAsked:
    """`LedgerDays` whose client is made once a day must be read from the ledger, which on most runs is never."""

    def __init__(self, table: str) -> None:
        self._days = cache(lambda: ledger_days(table))

    def mark(self, day: date) -> str:
        return self._days().mark(day)

    def read(self, day: date) -> DayTotals:
        return self._days().read(day)


def ledger_calls(table: str) -> DynamoLedgerCalls:
    return DynamoLedgerCalls(boto3.client("dynamodb", config=_CONFIG), table)


def report_store(bucket: str) -> S3Reports:
    return S3Reports(boto3.client("s3", config=_CONFIG), bucket)
