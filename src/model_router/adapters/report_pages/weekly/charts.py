"""The weekly page's charts. Each says in words what it shows, and points to the table with its numbers."""

from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import Drawing, stacked_columns
from model_router.adapters.report_pages.parts.figures import Html, Source, words
from model_router.adapters.report_pages.parts.formats import milliseconds, money, money_tick, share_tick, shown
from model_router.adapters.report_pages.parts.rendering import Chart, Legend
from model_router.adapters.report_pages.parts.row_charts import MOST_ROWS, floor_of, measured, most, read, row_chart
from model_router.adapters.report_pages.parts.shapes import Column, Part, Row
from model_router.adapters.report_pages.parts.wording import ZERO, day_words, tier_css, tier_order


def charts(source: Source) -> list[Chart]:
    return [
        _by_day(source),
        _per_request(source),
        _by_task(source),
        _escalations(source),
        _quality(source),
        _latency(source),
    ]


def _by_day(source: Source) -> Chart:
    days = list(source.each("by_day"))
    names = tier_order([tier.name for day in days for tier in day.each("cost_by_tier")])
    css = tier_css(names)
    columns = [_column(day, names, css) for day in days]
    labels = [day_words(day.text("day"), "{0:%a}") for day in days]
    said = "; ".join(
        f"{label} {shown(day.value('cost_usd'), 'money')} against {shown(day.value('baseline_low_usd'), 'money')}"
        for label, day in zip(labels, days, strict=True)
    )
    drawing = Drawing("spend-by-day", "Spend by day against the baseline", f"{said}.", money_tick)
    drawn = stacked_columns(drawing, columns, labels) if any(column.top for column in columns) else None
    legend = [Legend(css[name], name) for name in names]
    legend += [Legend("baseline", "Without the router, low"), Legend("band", "up to high")]
    told = "What each tier cost, and what the day would have cost without the router."
    return Chart("Spend by day", told, drawn, "by-day", legend)


def _column(day: Source, names: list[str], css: dict[str, str]) -> Column:
    label = day_words(day.text("day"), "{0:%a} {0.day} {0:%b}")
    costs = {tier.name: tier.decimal() or ZERO for tier in day.each("cost_by_tier")}
    parts = tuple(
        Part(costs[name], css[name], f"{label}, {name}: {money(costs[name])}") for name in names if name in costs
    )
    low, high = day.decimal("baseline_low_usd"), day.decimal("baseline_high_usd")
    tip = f"{label}, without the router: {shown(low, 'money')} to {shown(high, 'money')}"
    return Column(day.pointer, parts, low, high, tip)


def _per_request(source: Source) -> Chart:
    tiers = {tier.text("tier"): tier for tier in source.each("by_tier")}
    css = tier_css(list(tiers))
    lines, names = [], []
    for name in tier_order(list(tiers)):
        cost = tiers[name].decimal("cost_per_request_usd")
        if cost:
            names.append(name)
            lines.append(Row(name, cost, money(cost), f"{name}: {money(cost)} per request", css=css[name], bar=True))
    title = "Cost per request by tier"
    told = "All that a request cost, by the tier that answered it last, escalations included."
    return row_chart(Drawing("cost-per-request", title, read(names, lines), money_tick), lines, names, told, "by-tier")


def _by_task(source: Source) -> Chart:
    tasks = [task for task in source.each("by_task") if task.decimal("cost_usd")][:MOST_ROWS]
    names = [task.text("task") for task in tasks]
    lines = []
    for task in tasks:
        cost = task.decimal("cost_usd") or ZERO
        part = shown(task.value("share_of_cost"), "share")
        tip = f"{task.text('task')}: {money(cost)}, {part} of all"
        lines.append(Row(task.pointer, cost, money(cost), tip, bar=True))
    drawing = Drawing("cost-by-task", "Spend by task", read(names, lines), money_tick)
    return row_chart(drawing, lines, names, most(source, "by_task", "Dearest first"), "by-task")


def _escalations(source: Source) -> Chart:
    part = source.inside("escalations")
    tasks = [task for task in part.each("by_task") if task.decimal("rate") is not None][:MOST_ROWS]
    names = [task.text("task") for task in tasks]
    lines = [measured(task, "rate", interval="interval", flag=bool(task.value("over_target"))) for task in tasks]
    legend = [Legend("dot", "Rate"), Legend("interval", "95% interval"), Legend("target", "Target")]
    drawing = Drawing("escalation-by-task", "Escalation rate by task", read(names, lines), share_tick)
    told = most(part, "by_task", "Requests that had to go up a tier; over target is marked ▲. Busiest first")
    return row_chart(drawing, lines, names, told, "escalations-by-task", legend, target=part.decimal("target"))


def _quality(source: Source) -> Chart:
    part = source.inside("quality")
    tasks = [task for task in part.each("by_task") if task.decimal("pass_rate") is not None][:MOST_ROWS]
    names = [task.text("task") for task in tasks]
    lines = [
        measured(task, "pass_rate", interval="interval", flag=bool(task.value("flagged")), before="last_week")
        for task in tasks
    ]
    legend = [Legend("dot", "This week"), Legend("interval", "95% interval"), Legend("before", "Last week")]
    drawing = Drawing("quality-by-task", "Quality by task", read(names, lines), share_tick)
    told = most(part, "by_task", "First answers that passed their checks; what fell is marked ▼. Busiest first")
    start = floor_of(lines)
    return row_chart(drawing, lines, names, told, "quality-by-task", legend, start=start, target=Decimal(1), mark=False)


def _latency(source: Source) -> Chart:
    found = {tier.text("tier"): tier for tier in source.each("latency/by_tier") if tier.value("p50_ms") is not None}
    names = tier_order(list(found))
    lines = []
    for name in names:
        half, slow = found[name].decimal("p50_ms") or ZERO, found[name].decimal("p95_ms") or ZERO
        text = f"{milliseconds(half)} – {milliseconds(slow)}"
        lines.append(Row(name, half, text, f"{name}: half within {milliseconds(half)}", low=half, high=slow))
    legend = [Legend("dot", "Half within"), Legend("interval", "to 95% within")]
    drawing = Drawing("latency", "Latency by tier", read(names, lines), milliseconds)
    told: Html | str = "How long Claude took to answer."
    overhead = source.inside("latency/overhead")
    if overhead.value("p50_ms") is not None:
        typical, slowest = overhead("p50_ms", "milliseconds"), overhead("p95_ms", "milliseconds")
        told = words("How long Claude took to answer. The router itself: {}, 95% within {}.", typical, slowest)
    return row_chart(drawing, lines, names, told, "latency-by-tier", legend)
