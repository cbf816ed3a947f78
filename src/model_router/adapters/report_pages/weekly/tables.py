"""The weekly page's tables: every figure of the report that a reader may ask for, in the order of the questions."""

from collections.abc import Sequence

from model_router.adapters.report_pages.parts.figures import Cell, Source, Table, escaped
from model_router.adapters.report_pages.parts.rendering import Section
from model_router.adapters.report_pages.parts.wording import (
    Field,
    day_words,
    facts_table,
    figure_cell,
    interval_cell,
    listing,
    name_cell,
    tier_order,
    word_cell,
)

_MONEY: tuple[Field, ...] = (
    ("Spent", "cost_usd", "money"),
    ("Baseline, low", "baseline_low_usd", "money"),
    ("Baseline, high", "baseline_high_usd", "money"),
    ("Saved, low", "saved_low_usd", "signed_money"),
    ("Saved, high", "saved_high_usd", "signed_money"),
    ("Unknown, at most", "unknown_bound_usd", "money"),
)
_REQUESTS: tuple[Field, ...] = (
    ("Requests", "requests", "count"),
    ("Answered", "answered", "count"),
    ("Escalated", "escalated", "count"),
    ("Calls", "calls", "count"),
)
_CALLS: tuple[Field, ...] = (
    ("Calls", "calls", "count"),
    ("Failed", "failed", "count"),
    ("Spent on calls", "cost_usd", "money"),
    ("Calls of unknown cost", "unknown", "count"),
    ("Those, at most", "unknown_bound_usd", "money"),
    ("Requests answered", "requests", "count"),
    ("Spent on those", "request_cost_usd", "money"),
    ("Cost per request", "cost_per_request_usd", "money"),
    ("Half within", "p50_ms", "milliseconds"),
    ("95% within", "p95_ms", "milliseconds"),
)
_TOKENS: tuple[Field, ...] = (
    ("Input", "tokens/input", "count"),
    ("Output", "tokens/output", "count"),
    ("Cache write, 5 min", "tokens/cache_write_5m", "count"),
    ("Cache write, 1 h", "tokens/cache_write_1h", "count"),
    ("Cache read", "tokens/cache_read", "count"),
)
_MODE = (*_CALLS[:5], *_TOKENS)


def tiers_of(source: Source) -> list[str]:
    """The names of the tiers that money was spent on, in the usual order."""
    return tier_order([tier.name for day in source.each("by_day") for tier in day.each("cost_by_tier")])


def spend(source: Source) -> Section:
    by_tier: list[Field] = [(f"On {name}", f"cost_by_tier/{escaped(name)}", "money") for name in tiers_of(source)]
    days = [*_MONEY, *by_tier, *_REQUESTS]
    tasks: list[Field] = [
        *_MONEY,
        ("Share of spend", "share_of_cost", "share"),
        ("Cost per request", "cost_per_request_usd", "money"),
        *_REQUESTS,
    ]
    return Section(
        "spend",
        "Spend",
        [
            _table(source.inside("by_day"), "by-day", "Spend by day (UTC)", "Day", days, "day"),
            _table(source.inside("by_tier"), "by-tier", "Spend by tier", "Tier", _CALLS, "tier"),
            _table(source.inside("by_model"), "by-model", "Spend by model", "Model", _CALLS, "model"),
            _table(
                source.inside("by_mode"),
                "by-mode",
                "Spend by batch, fast mode and region",
                "Mode",
                _MODE,
                "mode",
                note="What other models did within a call counts for the call's own mode.",
            ),
            _table(source.inside("by_task"), "by-task", "Spend by task", "Task", tasks, "task"),
            _table(
                source.inside("by_client"), "by-client", "Spend by client", "Client", [*_MONEY, *_REQUESTS], "client"
            ),
            _table(
                source.inside("by_tag"),
                "by-tag",
                "Spend by tag",
                "Tag",
                [*_MONEY, *_REQUESTS],
                "tag",
                note="A request counts once for each of its tags.",
            ),
            _tokens(source),
        ],
    )


def rules(source: Source) -> Section:
    rows = [
        [
            name_cell(row.text("version")),
            figure_cell(row("requests")),
            word_cell(day_words(row.text("first_day"))),
            word_cell(day_words(row.text("last_day"))),
        ]
        for row in source.each("rules_versions")
    ]
    table = Table("rules-versions", "Rules versions in force", ("Version", "Requests", "First seen", "Last seen"), rows)
    return Section("rules", "Rules", [table])


def escalations(source: Source) -> Section:
    part = source.inside("escalations")
    facts = [
        ("Requests that might escalate (routed and answered)", part("eligible")),
        ("Requests that did", part("escalated")),
        ("Rate", part("rate", "share")),
        ("Target, at most", part("target", "share")),
        ("Further calls", part("calls")),
        ("Fallbacks: requests", source("fallbacks/requests")),
        ("Fallbacks: calls", source("fallbacks/calls")),
        ("Failed calls", source("failed/calls")),
    ]
    rows: list[list[Cell]] = []
    for task in part.each("by_task"):
        over = bool(task.value("over_target"))
        rows.append(
            [
                name_cell(task.text("task")),
                figure_cell(task("eligible")),
                figure_cell(task("escalated")),
                figure_cell(task("rate", "share"), "bad" if over else ""),
                interval_cell(task.inside("interval"), "share"),
                word_cell("over target" if over else "within target", "bad" if over else ""),
                figure_cell(task("cost_usd", "money")),
                figure_cell(task("wasted_usd", "money")),
            ]
        )
    columns = ("Task", "Eligible", "Escalated", "Rate", "95% interval", "Verdict", "Spent on it", "Replaced answers")
    return Section(
        "escalation",
        "Escalations, fallbacks, failures",
        [
            Table("escalations-by-task", "Escalations by task", columns, rows),
            facts_table("escalation-totals", "Escalations, fallbacks and failures in all", facts),
        ],
    )


def _table(
    source: Source, table_id: str, caption: str, first: str, fields: Sequence[Field], name: str, note: str = ""
) -> Table:
    rows = listing(source, fields, lambda row: name_cell(_row_name(row, name)))
    return Table(table_id, caption, (first, *(heading for heading, _, _ in fields)), rows, note)


def _row_name(row: Source, name: str) -> str:
    text = row.text(name)
    return day_words(text, "{0:%a} {0.day} {0:%b}") if name == "day" else text


def _tokens(source: Source) -> Table:
    table = _table(source.inside("by_model"), "tokens", "Tokens by model and kind", "Model", _TOKENS, "model")
    if not table.rows:
        return table
    total = [name_cell("All models"), *(figure_cell(source(f"totals/{path}", kind)) for _, path, kind in _TOKENS)]
    return Table(table.id, table.caption, table.columns, [*table.rows, total])
