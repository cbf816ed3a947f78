"""Wires the report functions: adapters into services, once per sandbox, on first use.

What only some of them need is imported on use. The clients are botocore's: boto3 would also load its transfer manager.
"""

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.config import Config

from model_router.adapters.aws.s3_reports import S3Reports
from model_router.adapters.clock import SystemClock
from model_router.domain.spend.ports import DayTotals

if TYPE_CHECKING:
    from model_router.adapters.ledger.attempts import DynamoLedgerAttempts
    from model_router.adapters.ledger.days import DynamoLedgerDays
    from model_router.adapters.telemetry import PowertoolsTelemetry

# No caller waits for a report: throttled reads are retried for as long as it takes.
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 10, "mode": "adaptive"},
    max_pool_connections=16,  # twice the ledger's readers
    # The parameters come from this code alone, and their validation takes a sixth of each call.
    parameter_validation=False,
    user_agent="model-router",
)


def client(service: str, config: Config | None = None) -> Any:
    """An AWS client, by the environment's region and credentials."""
    return _session().create_client(service, config=config)


def clock() -> SystemClock:
    return SystemClock()


def ledger_days(table: str) -> "DynamoLedgerDays":
    from model_router.adapters.ledger.days import DynamoLedgerDays  # noqa: PLC0415 - see above
    from model_router.adapters.packaged import packaged_catalog  # noqa: PLC0415
    from model_router.domain.spend.totals.facts import CacheSavings  # noqa: PLC0415

    return DynamoLedgerDays(client("dynamodb", _CONFIG), table, CacheSavings(packaged_catalog()))


class LedgerWhenAsked:
    """`LedgerDays` that makes its client on first use. Most reports read no day from the ledger."""

    def __init__(self, table: str) -> None:
        self._days = cache(lambda: ledger_days(table))

    def mark(self, day: date) -> str:
        return self._days().mark(day)

    def read(self, day: date) -> DayTotals:
        return self._days().read(day)


def ledger_attempts(table: str) -> "DynamoLedgerAttempts":
    from model_router.adapters.ledger.attempts import DynamoLedgerAttempts  # noqa: PLC0415 - see above

    return DynamoLedgerAttempts(client("dynamodb", _CONFIG), table)


@cache
def telemetry() -> "PowertoolsTelemetry":
    """Logs and metrics. The functions that write pages have none, and do not load Powertools."""
    from model_router.adapters.telemetry import PowertoolsTelemetry  # noqa: PLC0415 - see above

    return PowertoolsTelemetry()


def report_store(bucket: str) -> S3Reports:
    return S3Reports(client("s3", _CONFIG), bucket)


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
