"""`router backtest`: compares two rule sets on the same log."""

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from model_router.domain import json_codec
from model_router.domain.spend.amounts import Interval, wilson
from router_cli.call_logs.backtest import Backtest, Moved, by_money
from router_cli.call_logs.formats import LABELLED
from router_cli.call_logs.outcomes import difference
from router_cli.call_logs.reading import read_logs
from router_cli.clean_output import console
from router_cli.log_files import fail_on_unread
from router_cli.progress import bytes_of, progress
from router_cli.rule_options import DEFAULT_RULES, json_option, logs_argument, rules_policy
from router_cli.terminal import listing, percent, range_of, usd

_ROWS = 20


@click.command()
@logs_argument
@click.option(
    "--rules",
    "folders",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help=f"The folder of a rule set. Give it twice (old, new), or once to compare with {DEFAULT_RULES}.",
)
@json_option
def backtest(logs: tuple[Path, ...], folders: tuple[Path, ...], as_json: bool) -> None:
    """Compare two rule sets on LOGS: which calls change tier, what they cost with each set, and the risk.

    Reads the same logs as `router audit`, and labelled prompts: JSON lines of `prompt` and `want`, the tier that a
    person says the prompt needs. Their tokens are estimated. Ledger records contain no prompts, so they are classified
    by their recorded task, and a change of patterns does not move them.

    The risk comes from what the logs record. For each task that changes tier: the share of first answers that passed
    their checks on either tier, the share that escalated, feedback scores, and wanted tiers, each with its 95 %
    interval (Wilson; Newcombe for a difference). Missing data is reported as not measured.
    """
    if len(folders) > 2:
        raise click.UsageError("Give --rules once or twice.")
    first, second = folders if len(folders) == 2 else (Path(DEFAULT_RULES), folders[0])
    found = Backtest(rules_policy(first), rules_policy(second))
    with progress("reading", bytes_of(logs)) as advance:
        for entry in read_logs(logs, advance, LABELLED):
            found.add(entry)
    if as_json:
        click.echo(json_codec.dumps({"from": str(first), "to": str(second), **found.to_json()}))
    else:
        _print(console(), found, first, second)
    fail_on_unread(found.skipped.files)


def _print(out: Console, found: Backtest, first: Path, second: Path) -> None:
    total = found.total
    saved = total.before_usd - total.after_usd
    part = percent(saved / total.before_usd if total.before_usd else None)
    out.print(Text.assemble((f"{total.calls:,} calls", "bold"), f", {found.moved_calls:,} of them move"))
    out.print(f"Today       {usd(found.today_usd)}")
    for name, bill, folder in zip(("From", "To"), found.bills, (first, second), strict=True):
        own = f", {usd(bill.own_usd)} in those models' own tokens" if bill.own_usd != bill.usd else ""
        out.print(f"{name:<12}{usd(bill.usd)}{own}   {folder}")
    out.print(f"Saves       {usd(saved)} ({part})")
    _print_matrix(out, found)
    _print_moves(out, found)
    if total.labelled:
        newly = wilson(total.newly_below, total.labelled)
        out.print(f"Newly below the tier that people want: {range_of(newly, total.labelled)}")
    for why, count in found.all_left_out().most_common(_ROWS):
        out.print(f"{count:,} entries left out: {why}.")


def _print_matrix(out: Console, found: Backtest) -> None:
    tiers = list(found.after.rank)
    rows = [
        [one, *(f"{found.matrix.get((one, other), Moved()).calls:,}" for other in tiers)] for one in found.before.rank
    ]
    out.print(listing(["from, to"], tiers, rows))


def _print_moves(out: Console, found: Backtest) -> None:
    rows = []
    for (task, one, other), moved in by_money(found.moves)[:_ROWS]:
        then, now = found.of(task, one), found.of(task, other)
        rows.append(
            [
                f"{task}: {one} to {other}",
                _change(difference(now, then)),
                range_of(now.pass_rate, now.checked),
                _labels(moved),
                f"{moved.calls:,}",
                usd(moved.before_usd - moved.after_usd),
            ]
        )
    if rows:
        out.print(listing(["move", "passes", "passes there", "wanted higher"], ["calls", "saves"], rows))


def _change(changed: Interval | None) -> str:
    if changed is None:
        return "not known"
    return f"{changed.value * 100:+.1f} pts ({changed.low * 100:+.1f} to {changed.high * 100:+.1f})"


def _labels(moved: Moved) -> str:
    return range_of(wilson(moved.below_after, moved.labelled), moved.labelled) if moved.labelled else "no labels"
