"""The weekly page's charts. Each has a caption and links to the table with its numbers."""

from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import (
    Column,
    Drawing,
    Part,
    Row,
    caption,
    floor_of,
    row_chart,
    share_rows,
    stacked_columns,
    with_figure,
)
from model_router.adapters.report_pages.parts.figures import ZERO, Html, Source, day_words, tier_css, tier_order, words
from model_router.adapters.report_pages.parts.formats import milliseconds, money, money_tick, share_tick, shown
from model_router.adapters.report_pages.parts.rendering import Chart, Legend


def charts(source: Source) -> list[Chart]:
    return [
        _by_day(source),
        _per_request(source),
        _by_task(source),
        _escalations(source.inside("escalations")),
        _quality(source.inside("quality")),
        _latency(source.inside("latency")),
    ]


def _by_day(source: Source) -> Chart:
    days = list(source.each("by_day"))
    names = tier_order([tier.name for day in days for tier in day.each("cost_by_tier")])
    css = tier_css(names)
    columns = [_column(day, names, css) for day in days]
    compared = "; ".join(
        f"{column.label} {shown(day.value('cost_usd'), 'money')}, "
        f"{shown(day.value('baseline_low_usd'), 'money')} without the router"
        for column, day in zip(columns, days, strict=True)
    )
    drawing = Drawing("spend-by-day", "Spend by day compared with the baseline", f"{compared}.", money_tick)
    drawn = stacked_columns(drawing, columns) if any(column.top for column in columns) else None
    legend = [Legend(css[name], name) for name in names]
    legend += [Legend("baseline", "Without the router, low"), Legend("band", "up to high")]
    text = "What each tier cost, and what the day would have cost without the router."
    return Chart("Spend by day", text, drawn, "by-day", legend)


def _column(day: Source, names: list[str], css: dict[str, str]) -> Column:
    label = day_words(day.text("day"), "{0:%a} {0.day} {0:%b}")
    costs = {tier.name: tier.decimal() or ZERO for tier in day.each("cost_by_tier")}
    parts = tuple(
        Part(costs[name], css[name], f"{label}, {name}: {money(costs[name])}") for name in names if name in costs
    )
    low, high = day.decimal("baseline_low_usd"), day.decimal("baseline_high_usd")
    tip = f"{label}, without the router: {shown(low, 'money')} to {shown(high, 'money')}"
    return Column(day_words(day.text("day"), "{0:%a}"), parts, low, high, tip)


def _per_request(source: Source) -> Chart:
    tiers = {tier.text("tier"): cost for tier, cost in with_figure(source, "by_tier", "cost_per_request_usd")}
    css = tier_css(list(tiers))
    lines = [
        Row(name, tiers[name], money(tiers[name]), f"{name}: {money(tiers[name])} per request", css[name], bar=True)
        for name in tier_order(list(tiers))
        if tiers[name]
    ]
    text = "All that a request cost, escalations included, by the tier that answered it last."
    return row_chart("cost-per-request", "Cost per request by tier", text, lines, money_tick, "by-tier")


def _by_task(source: Source) -> Chart:
    lines = []
    for task, cost in with_figure(source, "by_task", "cost_usd"):
        tip = f"{task.text('task')}: {money(cost)}, {shown(task.value('share_of_cost'), 'share')} of the total"
        if cost:
            lines.append(Row(task.text("task"), cost, money(cost), tip, bar=True))
    text = caption(source, "by_task", "Most expensive first")
    return row_chart("cost-by-task", "Spend by task", text, lines, money_tick, "by-task")


def _escalations(part: Source) -> Chart:
    lines = share_rows(part, "by_task", "rate", interval="interval", flag="over_target")
    legend = [Legend("dot", "Rate"), Legend("interval", "95% interval"), Legend("target", "Target")]
    return row_chart(
        "escalation-by-task",
        "Escalation rate by task",
        caption(part, "by_task", "Requests that escalated to a higher tier; ▲ is over target. Busiest first"),
        lines,
        share_tick,
        "escalations-by-task",
        legend,
        target=part.decimal("target"),
    )


def _quality(part: Source) -> Chart:
    lines = share_rows(part, "by_task", "pass_rate", interval="interval", flag="flagged", before="last_week")
    legend = [Legend("dot", "This week"), Legend("interval", "95% interval"), Legend("before", "Last week")]
    return row_chart(
        "quality-by-task",
        "Quality by task",
        caption(part, "by_task", "First answers that passed their checks; ▼ marks a drop. Busiest first"),
        lines,
        share_tick,
        "quality-by-task",
        legend,
        start=floor_of(lines),
        target=Decimal(1),
        mark=False,
    )


def _latency(part: Source) -> Chart:
    tiers = {tier.text("tier"): (tier, p50) for tier, p50 in with_figure(part, "by_tier", "p50_ms")}
    lines = []
    for name in tier_order(list(tiers)):
        tier, p50 = tiers[name]
        p95 = tier.decimal("p95_ms") or p50
        span = f"{milliseconds(p50)} – {milliseconds(p95)}"
        lines.append(Row(name, p50, span, f"{name}: median {milliseconds(p50)}", low=p50, high=p95))
    text: Html | str = "How long Claude took to answer."
    if part.value("overhead/p50_ms") is not None:
        overhead = [part(f"overhead/{name}", "milliseconds") for name in ("p50_ms", "p95_ms")]
        text = words("How long Claude took to answer. The router added {} (p95 {}).", *overhead)
    legend = [Legend("dot", "Median"), Legend("interval", "to p95")]
    return row_chart("latency", "Latency by tier", text, lines, milliseconds, "latency-by-tier", legend)
