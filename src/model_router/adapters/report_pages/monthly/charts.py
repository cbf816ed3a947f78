"""The monthly page's charts."""

from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import Drawing
from model_router.adapters.report_pages.parts.figures import Source
from model_router.adapters.report_pages.parts.formats import money, money_tick, share_tick
from model_router.adapters.report_pages.parts.rendering import Chart, Legend
from model_router.adapters.report_pages.parts.row_charts import MOST_ROWS, floor_of, measured, most, read, row_chart
from model_router.adapters.report_pages.parts.shapes import Row
from model_router.adapters.report_pages.parts.wording import ZERO


def charts(source: Source) -> list[Chart]:
    return [_cost(source), _quality(source), _escalations(source)]


def _cost(source: Source) -> Chart:
    """What a task's request costs, and what it is expected to on the tier that is advised."""
    tasks = [task for task in source.each("tasks") if task.decimal("cost_per_request_usd") is not None][:MOST_ROWS]
    lines = []
    for task in tasks:
        now, advised = task.decimal("cost_per_request_usd") or ZERO, _advised_cost(task)
        tip = f"{task.text('task')}: {money(now)} per request"
        if advised is not None:
            tip += f", {money(advised)} expected on {task.text('change/tier')}"
        lines.append(Row(task.pointer, now, money(now), tip, before=advised, bar=True))
    names = [task.text("task") for task in tasks]
    legend = [Legend("bar", "Now"), Legend("before", "Expected on the tier advised")]
    drawing = Drawing("cost-per-request", "Cost per request by task", read(names, lines), money_tick)
    return row_chart(drawing, lines, names, most(source, "tasks", "Dearest tasks first"), "measures", legend)


def _advised_cost(task: Source) -> Decimal | None:
    advised = task.value("change/tier")
    found = (tier.decimal("expected_cost_usd") for tier in task.each("tiers") if tier.value("tier") == advised)
    return next(found, None)


def _quality(source: Source) -> Chart:
    tasks = [task for task in source.each("tasks") if task.decimal("pass_rate/value") is not None][:MOST_ROWS]
    names = [task.text("task") for task in tasks]
    lines = [measured(task, "pass_rate/value", interval="pass_rate") for task in tasks]
    legend = [Legend("dot", "Pass rate"), Legend("interval", "95% interval")]
    drawing = Drawing("quality-by-task", "Quality by task", read(names, lines), share_tick)
    told = most(source, "tasks", "First answers that passed their checks, on the present tier and others")
    return row_chart(
        drawing, lines, names, told, "measures", legend, start=floor_of(lines), target=Decimal(1), mark=False
    )


def _escalations(source: Source) -> Chart:
    tasks = [task for task in source.each("tasks") if task.decimal("escalation_rate/value") is not None][:MOST_ROWS]
    names = [task.text("task") for task in tasks]
    lines = [measured(task, "escalation_rate/value", interval="escalation_rate") for task in tasks]
    legend = [Legend("dot", "Rate"), Legend("interval", "95% interval")]
    drawing = Drawing("escalation-by-task", "Escalation rate by task", read(names, lines), share_tick)
    told = most(source, "tasks", "Requests that had to go up a tier")
    return row_chart(drawing, lines, names, told, "measures", legend)
