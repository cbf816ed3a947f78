"""An audit as a web page, in the style of the reports: one file, static, every figure tied to audit.json."""

from collections.abc import Mapping, Sequence
from typing import Any

from model_router.adapters.report_pages.parts.charts import Row, caption, row_chart, with_figure
from model_router.adapters.report_pages.parts.figures import Cell, Source, Table, period_words, plural, words
from model_router.adapters.report_pages.parts.formats import money, money_tick
from model_router.adapters.report_pages.parts.rendering import (
    Chart,
    Headline,
    Notice,
    Page,
    Section,
    cell,
    facts_table,
    listing,
    name_cell,
    render,
)
from model_router.domain.spend.figures import Declared, Figure

_SLICE = (
    Declared("calls", Figure("Calls")),
    Declared("input_tokens", Figure("Input tokens")),
    Declared("output_tokens", Figure("Output tokens")),
    Declared("today_usd", Figure("Today", "money")),
    Declared("routed_usd", Figure("Routed, none escalating", "money")),
)
_UNPRICED = _SLICE[:3]
_TABLES = (
    ("by_tier", "by-tier", "Bill by the tier that the rules give", "Tier"),
    ("by_task", "by-task", "Bill by task", "Task"),
    ("by_model", "by-model", "Bill by today’s model", "Model"),
    ("by_client", "by-client", "Bill by client", "Client"),
)
_RATES = ("0%", "5%", "10%")


def render_audit(figures: Mapping[str, Any]) -> str:
    """The page of what `Audit.to_json` gives. The same figures give the same text."""
    source = Source(figures)
    return render(
        Page(
            title="What Claude costs, and would cost routed",
            period=_period(source),
            lead=_lead(source),
            headlines=_headlines(source),
            notices=_notices(source),
            charts=[_chart(source, "by_task", "Where the money goes"), _chart(source, "by_model", "By today’s model")]
            if source.value("calls")
            else [],
            sections=[_bill(source), _slices(source), _unrecognised(source), _left_out(source)],
            footnotes=[
                "Money is in US dollars, by the price list in force on each call’s day. The routed bill takes tokens "
                "as counted on today’s model. With escalation, that share of the calls is paid once more, one tier up.",
                "audit.json, in the same folder, has the exact figures.",
            ],
        )
    )


def _period(source: Source) -> str:
    first, last = source.text("period/first")[:10], source.text("period/last")[:10]
    return period_words(first, last) if first else "No calls"


def _lead(source: Source) -> Any:
    if not source.value("calls"):
        return "The logs hold no call that the price list covers."
    return words(
        "{} {} cost {}. Routed by these rules they would cost {} if none escalated, and {} if one in ten did.",
        source("calls"),
        plural(source.value("calls"), "call"),
        source("today_usd", "money"),
        source("routed_usd/0%", "money"),
        source("routed_usd/10%", "money"),
    )


def _headlines(source: Source) -> list[Headline]:
    saved = source.decimal("saved_share/5%")
    tone = "good" if saved is not None and saved > 0 else ""
    return [
        Headline("Today’s bill", source("today_usd", "money"), words("for {} calls.", source("calls"))),
        Headline("Routed, 5% escalating", source("routed_usd/5%", "money"), "A healthy set of rules stays below that."),
        Headline("Saved", source("saved_share/5%", "signed_share"), "of today’s bill, 5% escalating.", tone),
    ]


def _notices(source: Source) -> list[Notice]:
    found = []
    if files := list(source.value("files_in_error")):
        said = f"{len(files):,} {plural(len(files), 'file')} could not be read; the last section names them."
        found.append(Notice("Files not read.", said, "warn"))
    unreadable = sum(source.value("unreadable").values())
    if unreadable:
        said = f"{unreadable:,} {plural(unreadable, 'entry', 'entries')} could not be read; the last section says why."
        found.append(Notice("Not counted.", said, "warn"))
    if source.decimal("unknown_max_usd"):
        unknown_cost = words("Calls of unknown cost may have cost {} more.", source("unknown_max_usd", "money"))
        found.append(Notice("Unknown cost.", unknown_cost, "warn"))
    return found


def _chart(source: Source, name: str, title: str) -> Chart:
    lines = [
        Row(part.name, cost, money(cost), f"{part.name}: {money(cost)}", bar=True)
        for part, cost in with_figure(source, name, "today_usd")
    ]
    table_id = name.replace("_", "-")
    text = caption(source, name, "Today’s bill")
    return row_chart(f"chart-{table_id}", title, text, lines, money_tick, table_id)


def _bill(source: Source) -> Section:
    rows = [
        [
            name_cell(f"{rate} of calls escalate"),
            Cell(source(f"routed_usd/{rate}", "money")),
            Cell(source(f"saved_share/{rate}", "signed_share")),
        ]
        for rate in _RATES
    ]
    note = words(
        "In the tokens of the models that it goes to, none escalating: about {}. Newer models count more tokens in the "
        "same text.",
        source("routed_in_own_tokens_usd", "money"),
    )
    table = Table("routed", "The bill if routed", ("Escalation", "Bill", "Saved"), rows, note)
    return Section("bill", "The bill", [table])


def _slices(source: Source) -> Section:
    tables = [_by_name(source, name, table_id, title, first, _SLICE) for name, table_id, title, first in _TABLES]
    return Section("slices", "Where the money goes", tables)


def _by_name(
    source: Source, path: str, table_id: str, title: str, first: str, columns: Sequence[Declared], empty: str = ""
) -> Table:
    """A row for each member of the object at `path`, named after its key."""
    rows = [[name_cell(part.name), *(cell(part, one) for one in columns)] for part in source.each(path)]
    headings = (first, *(one.figure.heading for one in columns))
    return Table(table_id, title, headings, rows, empty=empty or "Nothing to show for this period.")


def _unrecognised(source: Source) -> Section:
    examples = any(part.value("example") for part in source.each("unrecognised"))
    example = [Declared("example", Figure("For example", "text"))] if examples else []
    note = "A group is one system text (or, without one, one opening), by a hash, and one size of the user’s text."
    table = listing(
        source.each("unrecognised"),
        [Declared("group", Figure("Group", "text")), *example, *_SLICE],
        "unrecognised",
        "Calls that no rule recognises",
        note,
        empty="Every call is recognised.",
    )
    return Section("unrecognised-calls", "What no rule recognises", [table])


def _left_out(source: Source) -> Section:
    facts: list[tuple[str, Any]] = [("Calls without a prompt: billed as they were", source("without_prompt"))]
    facts += [("Calls logged before their answer ended: they cost more than is counted", source("unfinished"))]
    facts += [("Entries of calls that were read before", source("found_twice"))]
    facts += [(f"Not billed: {part.name}", part("")) for part in source.each("free")]
    facts += [(f"Entries not read: {part.name}", part("")) for part in source.each("unreadable")]
    facts += [(f"File not read: {part.name}", part("", "text")) for part in source.each("files_in_error")]
    title = "Calls that the catalog has no price for"
    unpriced = _by_name(source, "unpriced_models", "unpriced", title, "Model", _UNPRICED, "There are none.")
    return Section(
        "left-out", "What is not routed or not counted", [facts_table("not-counted", "Left out", facts), unpriced]
    )
