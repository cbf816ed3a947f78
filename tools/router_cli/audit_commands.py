"""`router audit`: what the calls in a log cost today, and what they would cost when routed."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from model_router.adapters.report_pages.parts.figures import plural
from model_router.domain import json_codec
from router_cli.audit_page import render_audit
from router_cli.call_logs.audit import ESCALATION_RATES, Audit, by_calls
from router_cli.call_logs.reading import read_logs
from router_cli.call_logs.sums import Sum
from router_cli.clean_output import console
from router_cli.log_files import fail_on_unread
from router_cli.progress import bytes_of, progress
from router_cli.rule_options import json_option, logs_argument, rules_option, rules_policy
from router_cli.terminal import listing, percent, usd

_ROWS = 12


@click.command()
@logs_argument
@rules_option
@click.option("--examples", is_flag=True, help="Show the start of a prompt from each group that no rule recognises.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Also write audit.html and audit.json to this folder.",
)
@json_option
def audit(logs: tuple[Path, ...], rules: Path, examples: bool, out: Path | None, as_json: bool) -> None:
    """Sum up the calls in LOGS: today's bill, the bill if routed, the largest costs, and what no rule recognises.

    Reads the Claude API's JSON (request/response pairs, answers, streams, batch results), Amazon Bedrock invocation
    logs, LiteLLM spend logs, Langfuse and Helicone exports, Claude Code transcripts, and exports of the router's
    ledger. Files are JSON or CSV, optionally gzipped, of any size. A call that occurs twice is counted once. Entries
    that cannot be read or priced are counted and listed. If a file cannot be read, the others are still read, and the
    exit code is 1.

    The routed bill keeps each call's lane: batch stays batch, fast stays fast, and the geo stays the same. It uses the
    token counts of today's model. If the routed model counts the same text differently, the bill with its own counts
    is shown too. No part of a prompt is printed or written without --examples.
    """
    found = Audit(rules_policy(rules))
    with progress("reading", bytes_of(logs)) as advance:
        for entry in read_logs(logs, advance):
            found.add(entry)
    figures = found.to_json(examples=examples)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "audit.json").write_text(json_codec.dumps(figures) + "\n", encoding="utf-8")
        (out / "audit.html").write_text(render_audit(figures), encoding="utf-8")
    if as_json:
        click.echo(json_codec.dumps(figures))
    else:
        _print(console(), found, examples=examples)
        if out is not None:
            click.echo(f"Written: {out / 'audit.html'} and {out / 'audit.json'}.")
    fail_on_unread(found.skipped.files)


def _print(out: Console, found: Audit, *, examples: bool) -> None:
    total = found.total
    out.print(Text.assemble((_count(total.calls, "call"), "bold"), f", {_period(found)}"))
    out.print(f"Today's bill             {usd(total.today_usd)}")
    for rate in ESCALATION_RATES:
        routed = total.routed_with(rate)
        saved = percent((total.today_usd - routed) / total.today_usd if total.today_usd else None)
        out.print(f"Routed, {f'{rate:.0%}':>3} escalating    {usd(routed)}   saves {saved}")
    if found.routed_own_usd != total.routed_usd:
        out.print(f"  in the routed models' own tokens, 0% escalating, about {usd(found.routed_own_usd)}")
    tables = (("tier", found.by_tier), ("task", found.by_task), ("model today", found.by_model))
    for title, table in (*tables, ("client", found.by_client)):
        out.print(_table(title, table, total))
    _print_unrecognised(out, found, examples=examples)
    _print_left_out(out, found)


def _print_unrecognised(out: Console, found: Audit, *, examples: bool) -> None:
    groups = sorted(found.unrecognised.values(), key=lambda group: -group.sum.today_usd)
    if not groups:
        return
    rows = [
        [group.label, *([group.example] if examples else []), f"{group.sum.calls:,}", usd(group.sum.today_usd)]
        for group in groups[:_ROWS]
    ]
    out.print(listing(["no rule recognises", *(["for example"] if examples else [])], ["calls", "today"], rows))


def _print_left_out(out: Console, found: Audit) -> None:
    if found.without_prompt:
        one, many = "call carries no prompt: billed as it was", "calls carry no prompt: billed as they were"
        out.print(f"{_count(found.without_prompt, one, many)}, not routed.")
    if found.unknown_usd:
        out.print(f"Calls of unknown cost may have cost {usd(found.unknown_usd)} more.")
    if found.unfinished:
        one = "call was logged before its answer ended: it costs"
        many = "calls were logged before their answer ended: they cost"
        out.print(f"{_count(found.unfinished, one, many)} more than is counted.")
    for model, part in by_calls(found.unpriced)[:_ROWS]:
        tokens = f"{part.input_tokens:,} input and {_count(part.output_tokens, 'output token')}"
        calls = _count(part.calls, "call")
        out.print(f"{calls} of {model}: the catalog has no price for it; {tokens} are in no figure.")
    skipped = found.skipped
    if skipped.repeated:
        one = "entry is a call that was read before, and counts"
        many = "entries are calls that were read before, and count"
        out.print(f"{_count(skipped.repeated, one, many)} once.")
    for why, count in (+skipped.free).most_common(_ROWS):
        out.print(f"{_count(count, 'entry was', 'entries were')} not billed: {why}.")
    for why, count in skipped.unreadable.most_common(_ROWS):
        out.print(f"{_count(count, 'entry', 'entries')} could not be read: {why}.")


def _count(number: int, one: str, many: str = "") -> str:
    """`1 call`, `1,200 calls`; `many` where the plural is not `one` with an s."""
    return f"{number:,} {plural(number, one, many)}"


def _table(title: str, slices: dict[str, Sum], total: Sum) -> Table:
    ordered = sorted(slices.items(), key=lambda entry: -entry[1].today_usd)[:_ROWS]
    rows = [
        [
            key,
            f"{value.calls:,}",
            f"{value.calls / total.calls:.0%}" if total.calls else "–",
            usd(value.today_usd),
            usd(value.routed_usd),
        ]
        for key, value in ordered
    ]
    return listing([title], ["calls", "share", "today", "routed"], rows)


def _period(found: Audit) -> str:
    if found.first is None or found.last is None:
        return "no time"
    return f"{found.first:%Y-%m-%d} to {found.last:%Y-%m-%d}"
