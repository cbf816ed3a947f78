"""The days that a command adds up: its options, and the totals of those days."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any

import boto3
import click

from model_router.adapters.aws.s3_reports import S3Reports
from model_router.adapters.ledger.days import DynamoLedgerDays
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.errors import InvalidRequest
from model_router.domain.spend.periods import Week
from model_router.domain.spend.ports import SpendUnavailable
from model_router.domain.spend.totals.facts import CacheSavings
from model_router.domain.spend.totals.totals import Totals
from router_cli.progress import progress
from router_cli.stacks import outputs

table_option = click.option("--table", help="The ledger's table (the stack's LedgerTableName output).")
reports_option = click.option("--bucket", help="The bucket of reports (the stack's ReportsBucketName output).")


def days_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --day and --week, and passes the days that they name as `days`, without those to come."""

    @click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day (UTC), such as 2026-11-27.")
    @click.option("--week", help='An ISO week, such as "2026-W47". Default: the current week.')
    @wraps(command)
    def wrapper(*arguments: Any, day: datetime | None, week: str | None, **options: Any) -> None:
        command(*arguments, days=_days(day, week), **options)

    return wrapper


def output_or_option(stack: str | None, given: str | None, name: str) -> str:
    """What an option names, or the stack's output."""
    found = given or (outputs(stack).get(name) if stack is not None else None)
    if found is None:
        option = "--table" if name == "LedgerTableName" else "--bucket"
        raise click.UsageError(f"Give --stack NAME, or {option} if CloudFormation does not know the stack.")
    return found


def totals_of(table: str, bucket: str, days: Sequence[date], parts: Collection[str]) -> Totals:
    """The stored totals of past days; those of today, and of days without any, are read from the ledger."""
    store = S3Reports(boto3.client("s3"), bucket)
    ledger = DynamoLedgerDays(boto3.client("dynamodb"), table, CacheSavings(packaged_catalog()))
    totals, today = Totals(), datetime.now(UTC).date()
    try:
        with progress("reading", len(days), steps=True) as advance:
            for day in days:
                stored = store.read_day(day, parts) if day < today else None
                totals.absorb((stored or ledger.read(day)).totals)
                advance(1)
    except SpendUnavailable as error:
        raise click.ClickException(str(error)) from None
    return totals


def period_of(days: Sequence[date]) -> str:
    """`2026-11-23 to 2026-11-27 (UTC)`."""
    return f"{days[0]} (UTC)" if len(days) == 1 else f"{days[0]} to {days[-1]} (UTC)"


def _days(day: datetime | None, week: str | None) -> Sequence[date]:
    today = datetime.now(UTC).date()
    if day is not None and week is not None:
        raise click.UsageError("Give either --day or --week.")
    try:
        asked = [day.date()] if day is not None else (Week.parse(week) if week else Week.of(today)).days
    except InvalidRequest as error:
        raise click.UsageError(str(error)) from None
    if asked[0] > today:
        raise click.UsageError(f"{asked[0]} has not begun yet (UTC).")
    return [one for one in asked if one <= today]
