"""`router audit`: what a log's calls cost today, and what they would cost routed."""

from decimal import Decimal
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from call_logs.audit import ESCALATION_RATES, Audit, Sum
from call_logs.reading import read_logs
from model_router.domain import json_codec
from router_cli.rule_options import rules_option, rules_policy

_Logs = click.Path(exists=True, dir_okay=False, path_type=Path)
_ROWS = 12


@click.command()
@click.argument("logs", type=_Logs, nargs=-1, required=True)
@rules_option
@click.option("--examples", is_flag=True, help="Show the beginning of a prompt for each group that no rule recognises.")
@click.option("--out", type=click.Path(path_type=Path), help="Also write the figures to this JSON file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
def audit(logs: tuple[Path, ...], rules: Path, examples: bool, out: Path | None, as_json: bool) -> None:
    """Add up LOGS: today's bill, the bill if routed, where the money goes, what no rule recognises.

    Takes Anthropic request/response pairs (JSON lines), Amazon Bedrock invocation logs, LiteLLM spend logs (JSON lines
    or CSV) and exports of our own ledger; gzip as it is; files of any size. Entries that cannot be read are counted and
    shown, never fatal. The routed bill takes tokens as they were counted on today's model.
    """
    found = Audit(rules_policy(rules))
    with _progress(logs, quiet=as_json) as advance:
        for entry in read_logs(list(logs), advance):
            found.add(entry)
    figures = found.to_json(examples=examples)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json_codec.dumps(figures) + "\n", encoding="utf-8")
    if as_json:
        click.echo(json_codec.dumps(figures))
        return
    _print(Console(), found, examples=examples)
    if out is not None:
        click.echo(f"Figures written to {out}.")


class _progress:  # noqa: N801 - used as a function
    """A progress bar over the files' bytes, on a terminal only."""

    def __init__(self, logs: tuple[Path, ...], *, quiet: bool) -> None:
        columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)
        self._total = sum(path.stat().st_size for path in logs)

    def __enter__(self) -> "_Advance":
        self._bar.start()
        return _Advance(self._bar, self._total)

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


class _Advance:
    def __init__(self, bar: Progress, total: int) -> None:
        self._bar = bar
        self._task = bar.add_task("reading", total=total)

    def __call__(self, count: int) -> None:
        self._bar.advance(self._task, count)


def _print(console: Console, found: Audit, *, examples: bool) -> None:
    total = found.total
    console.print(f"[bold]{total.calls:,} calls[/bold], {_period(found)}")
    console.print(f"Today's bill             {_usd(total.today_usd)}")
    for rate in ESCALATION_RATES:
        routed = total.routed_with(rate)
        saved = f"{(total.today_usd - routed) / total.today_usd:+.1%}" if total.today_usd else "–"
        console.print(f"Routed, {f'{rate:.0%}':>3} escalating    {_usd(routed)}   saves {saved}")
    for title, table in (("tier", found.by_tier), ("task", found.by_task), ("model today", found.by_model)):
        console.print(_table(title, table, total))
    _print_unrecognised(console, found, examples=examples)
    _print_left_out(console, found)


def _print_unrecognised(console: Console, found: Audit, *, examples: bool) -> None:
    groups = sorted(found.unrecognised.values(), key=lambda group: -group.sum.today_usd)
    if not groups:
        return
    table = Table("no rule recognises", *(["for example"] if examples else []), title_justify="left")
    for name in ("calls", "today"):
        table.add_column(name, justify="right")
    for group in groups[:_ROWS]:
        shown = [group.label, *([group.example] if examples else [])]
        table.add_row(*shown, f"{group.sum.calls:,}", _usd(group.sum.today_usd))
    console.print(table)


def _print_left_out(console: Console, found: Audit) -> None:
    if found.without_prompt:
        console.print(f"{found.without_prompt:,} calls carry no prompt: billed as they were, not routed.")
    for model, count in found.unpriced.most_common(_ROWS):
        console.print(f"{count:,} calls of {model}: the catalog has no price for it, and they are in no figure.")
    for why, count in found.unreadable.most_common(_ROWS):
        console.print(f"{count:,} entries could not be read: {why}.")


def _table(title: str, slices: dict[str, Sum], total: Sum) -> Table:
    table = Table(title)
    for name in ("calls", "share", "today", "routed"):
        table.add_column(name, justify="right")
    for key, value in sorted(slices.items(), key=lambda entry: -entry[1].today_usd)[:_ROWS]:
        share = f"{value.calls / total.calls:.0%}" if total.calls else "–"
        table.add_row(key, f"{value.calls:,}", share, _usd(value.today_usd), _usd(value.routed_usd))
    return table


def _period(found: Audit) -> str:
    if found.first is None or found.last is None:
        return "no time"
    return f"{found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}"


def _usd(amount: Decimal) -> str:
    return f"${amount:,.2f}" if amount >= 10 else f"${amount:,.4f}"
