"""`router sessions …`: what each conversation cost, and one of them turn by turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import boto3
import click

from model_router.adapters.aws.s3_reports import S3Reports
from model_router.adapters.ledger.days import DynamoLedgerDays
from model_router.adapters.packaged import packaged_catalog
from model_router.domain import json_codec
from model_router.domain.errors import InvalidRequest
from model_router.domain.spend.amounts import ZERO, share
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.periods import Week
from model_router.domain.spend.ports import SpendUnavailable
from model_router.domain.spend.totals.facts import CacheSavings
from model_router.domain.spend.totals.sums import SessionSums
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.sessions import SessionFigures, SessionRow, most_expensive
from router_cli.aws import aws_errors
from router_cli.clean_output import console
from router_cli.progress import progress
from router_cli.rule_options import json_option
from router_cli.session_turns import Step, records_of, steps
from router_cli.stacks import STACK_HELP, outputs
from router_cli.terminal import listing, percent, print_whole, usd

_SESSION = re.compile(r"ses_[0-9a-f]{16}")
_table_option = click.option("--table", help="The ledger's table (the stack's LedgerTableName output).")


@dataclass(frozen=True, slots=True)
class _Listed:
    """The days of a list, and whose sessions it has: a client's, or all."""

    days: Sequence[date]
    client: str | None
    limit: int


@click.group(invoke_without_command=True)
@click.option("--stack", help=STACK_HELP)
@_table_option
@click.option("--bucket", help="The bucket of reports (the stack's ReportsBucketName output).")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A day (UTC), such as 2026-11-27.")
@click.option("--week", help='An ISO week, such as "2026-W47". Default: the current week.')
@click.option("--client", help="Only the sessions of this client (its id).")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many are listed.")
@json_option
@click.pass_context
def sessions(  # noqa: PLR0913, PLR0917 - one per option
    context: click.Context,
    stack: str | None,
    table: str | None,
    bucket: str | None,
    day: datetime | None,
    week: str | None,
    client: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the sessions that cost most in a day or a week: their requests and turns, cost, baseline and tiers.

    A session is one conversation of an agent or a chat. The list comes from the daily totals, which keep the 1,000
    sessions that cost most in each day; the current day is read from the ledger.
    """
    if context.invoked_subcommand is not None:
        return
    table, bucket = _output(stack, table, "LedgerTableName"), _output(stack, bucket, "ReportsBucketName")
    asked = _Listed(_days(day, week), client, limit)
    totals = _totals(table, bucket, asked.days)
    named, rest = most_expensive(totals.sessions, limit, client)
    if as_json:
        click.echo(json_codec.dumps(_list_json(asked, named, rest)))
    else:
        _print_list(asked, named, rest)


@sessions.command()
@click.argument("session")
@click.option("--stack", help=STACK_HELP)
@_table_option
@json_option
def show(session: str, stack: str | None, table: str | None, as_json: bool) -> None:
    """Print the requests of SESSION (ses_…) one by one: task, tier and why, tokens, cost, baseline, the sum so far.

    Costs are those of all attempts of a request. The exit code is 1 if the ledger has no request of the session.
    """
    if not _SESSION.fullmatch(session):
        raise click.UsageError("SESSION: write it as ses_ and 16 hexadecimal digits.")
    table = _output(stack, table, "LedgerTableName")
    with aws_errors(f"reading {table}"):
        records = records_of(boto3.client("dynamodb"), table, session)
    if not records:
        raise click.ClickException(f"{table} has no request of {session}. Records are kept for 400 days.")
    found = steps(records)
    if as_json:
        click.echo(json_codec.dumps({"session": session, "client": records[0].client, **_sums(found),
                                     "requests": [step.to_json() for step in found]}))  # fmt: skip
    else:
        _print_steps(session, records[0].client, found)


def _output(stack: str | None, given: str | None, name: str) -> str:
    """What an option names, or the stack's output."""
    found = given or (outputs(stack).get(name) if stack is not None else None)
    if found is None:
        option = "--table" if name == "LedgerTableName" else "--bucket"
        raise click.UsageError(f"Give --stack NAME, or {option} if CloudFormation does not know the stack.")
    return found


def _days(day: datetime | None, week: str | None) -> Sequence[date]:
    """The days that were asked for, without those to come."""
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


def _totals(table: str, bucket: str, days: Sequence[date]) -> Totals:
    """The stored totals of past days; those of today, and of days without any, are read from the ledger."""
    store = S3Reports(boto3.client("s3"), bucket)
    ledger = DynamoLedgerDays(boto3.client("dynamodb"), table, CacheSavings(packaged_catalog()))
    totals, today = Totals(), datetime.now(UTC).date()
    try:
        with progress("reading", len(days), steps=True) as advance:
            for day in days:
                stored = store.read_day(day, ("sessions",)) if day < today else None
                totals.absorb((stored or ledger.read(day)).totals)
                advance(1)
    except SpendUnavailable as error:
        raise click.ClickException(str(error)) from None
    return totals


def _list_json(asked: _Listed, named: Sequence[tuple[str, SessionSums]], rest: SessionSums) -> dict[str, Any]:
    return {
        "from": asked.days[0].isoformat(),
        "to": asked.days[-1].isoformat(),
        "sessions": [as_json(SessionRow(name, SessionFigures.of(sums))) for name, sums in named],
        "others": as_json(SessionFigures.of(rest)),
    }


def _print_list(asked: _Listed, named: Sequence[tuple[str, SessionSums]], rest: SessionSums) -> None:
    first, last = asked.days[0], asked.days[-1]
    period = f"{first}" if first == last else f"{first} to {last}"
    if not named:
        click.echo(f"No sessions, {period} (UTC).")
        return
    rows = [
        [name, sums.client, sums.tiers, f"{sums.requests:,}", f"{sums.turns:,}", usd(sums.cost),
         usd(sums.baseline_low), usd(sums.saved_low), percent(share(sums.saved_low, sums.baseline_low))]
        for name, sums in named
    ]  # fmt: skip
    columns = ["requests", "turns", "spent", "baseline", "saved", ""]
    click.echo(f"Sessions, {period} (UTC)")
    print_whole(console(), listing(["session", "client", "tiers"], columns, rows))
    if rest.requests:
        click.echo(f"{_number(rest.requests, 'request')} of other sessions: {_compared(rest.cost, rest.baseline_low)}")


def _print_steps(session: str, client: str, found: Sequence[Step]) -> None:
    rows = [
        [f"{step.created_at[5:10]} {step.created_at[11:19]}", step.task, " > ".join(step.tiers), step.why,
         f"{step.turn}", f"{step.read_tokens:,}", f"{step.written_tokens:,}", f"{step.input_tokens:,}",
         f"{step.output_tokens:,}", _cost(step), _baseline(step), usd(step.total_usd)]
        for step in found
    ]  # fmt: skip
    numbers = ["turn", "read", "written", "new", "out", "cost", "baseline", "sum"]
    click.echo(f"{session}, client {client} (times are UTC)")
    print_whole(console(), listing(["time", "task", "tier", "why"], numbers, rows))
    sums = _sums(found)
    counted = f"{_number(len(found), 'request')} in {_number(sums['turns'], 'turn')}"
    click.echo(f"{counted}: {_compared(sums['cost_usd'], sums['baseline_cost_usd'])}")
    if sums["cost_max_usd"] != sums["cost_usd"]:
        click.echo(f"Attempts of unknown cost may add up to {usd(sums['cost_max_usd'] - sums['cost_usd'])}.")


def _sums(found: Sequence[Step]) -> dict[str, Any]:
    names = ("cost_usd", "cost_max_usd", "baseline_cost_usd", "baseline_cost_high_usd")
    return {"turns": found[-1].turn, **{name: sum((getattr(step, name) for step in found), ZERO) for name in names}}


def _cost(step: Step) -> str:
    return usd(step.cost_usd) if step.cost_max_usd == step.cost_usd else f"≤ {usd(step.cost_max_usd)}"


def _baseline(step: Step) -> str:
    """Before a request is settled, its baseline is not known."""
    return usd(step.baseline_cost_usd) if step.status == "settled" else "–"


def _compared(cost: Decimal, baseline: Decimal) -> str:
    difference = baseline - cost
    part = percent(share(abs(difference), baseline))
    compared = f"saved {usd(difference)} ({part})" if difference >= 0 else f"cost {usd(-difference)} ({part}) more"
    return f"{usd(cost)}; {usd(baseline)} on the baseline, {compared}."


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
