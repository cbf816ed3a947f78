"""`router sessions …`: what each conversation cost, and one of them turn by turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import boto3
import click

from model_router.domain import json_codec
from model_router.domain.spend.amounts import ZERO, share
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.totals.sums import SessionSums
from model_router.domain.spend.weekly.sessions import SessionFigures, SessionRow, most_expensive
from router_cli.aws import aws_errors
from router_cli.clean_output import console
from router_cli.rule_options import json_option
from router_cli.session_turns import Step, records_of, steps
from router_cli.spend_days import days_options, output_or_option, period_of, reports_option, table_option, totals_of
from router_cli.stacks import STACK_HELP
from router_cli.terminal import listing, percent, print_whole, usd

_SESSION = re.compile(r"ses_[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class _Listed:
    """The days of a list, and whose sessions it has: a client's, or all."""

    days: Sequence[date]
    client: str | None
    limit: int


@click.group(invoke_without_command=True)
@click.option("--stack", help=STACK_HELP)
@table_option
@reports_option
@days_options
@click.option("--client", help="Only the sessions of this client (its id).")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many are listed.")
@json_option
@click.pass_context
def sessions(  # noqa: PLR0913, PLR0917 - one per option
    context: click.Context,
    stack: str | None,
    table: str | None,
    bucket: str | None,
    days: Sequence[date],
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
    table = output_or_option(stack, table, "LedgerTableName")
    bucket = output_or_option(stack, bucket, "ReportsBucketName")
    asked = _Listed(days, client, limit)
    totals = totals_of(table, bucket, days, ("sessions",))
    named, rest = most_expensive(totals.sessions, limit, client)
    if as_json:
        click.echo(json_codec.dumps(_list_json(asked, named, rest)))
    else:
        _print_list(asked, named, rest)


@sessions.command()
@click.argument("session")
@click.option("--stack", help=STACK_HELP)
@table_option
@json_option
def show(session: str, stack: str | None, table: str | None, as_json: bool) -> None:
    """Print the requests of SESSION (ses_…) one by one: task, tier and why, tokens, cost, baseline, the sum so far.

    Costs are those of all attempts of a request. The exit code is 1 if the ledger has no request of the session.
    """
    if not _SESSION.fullmatch(session):
        raise click.UsageError("SESSION: write it as ses_ and 16 hexadecimal digits.")
    table = output_or_option(stack, table, "LedgerTableName")
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


def _list_json(asked: _Listed, named: Sequence[tuple[str, SessionSums]], rest: SessionSums) -> dict[str, Any]:
    return {
        "from": asked.days[0].isoformat(),
        "to": asked.days[-1].isoformat(),
        "sessions": [as_json(SessionRow(name, SessionFigures.of(sums))) for name, sums in named],
        "others": as_json(SessionFigures.of(rest)),
    }


def _print_list(asked: _Listed, named: Sequence[tuple[str, SessionSums]], rest: SessionSums) -> None:
    period = period_of(asked.days)
    if not named:
        click.echo(f"No sessions, {period}.")
        return
    rows = [
        [name, sums.client, sums.tiers, f"{sums.requests:,}", f"{sums.turns:,}", usd(sums.cost),
         usd(sums.baseline_low), usd(sums.saved_low), percent(share(sums.saved_low, sums.baseline_low))]
        for name, sums in named
    ]  # fmt: skip
    columns = ["requests", "turns", "spent", "baseline", "saved", ""]
    click.echo(f"Sessions, {period}")
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
