"""The monthly page's charts."""

from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import Row, caption, floor_of, row_chart, share_rows, with_figure
from model_router.adapters.report_pages.parts.figures import Source
from model_router.adapters.report_pages.parts.formats import money, money_tick, share_tick
from model_router.adapters.report_pages.parts.rendering import Chart, Legend


def charts(source: Source) -> list[Chart]:
    return [_cost(source), _quality(source), _escalations(source)]


def _cost(source: Source) -> Chart:
    """What a request of each task costs, and what it is expected to cost on the tier that is advised."""
    lines = []
    for task, now in with_figure(source, "tasks", "cost_per_request_usd"):
        advised = _advised_cost(task)
        tip = f"{task.text('task')}: {money(now)} per request"
        if advised is not None:
            tip += f", {money(advised)} expected on {task.text('change/tier')}"
        lines.append(Row(task.text("task"), now, money(now), tip, before=advised, bar=True))
    legend = [Legend("bar", "Now"), Legend("before", "Expected on the tier advised")]
    text = caption(source, "tasks", "Most expensive tasks first")
    return row_chart("cost-per-request", "Cost per request by task", text, lines, money_tick, "measures", legend)


def _advised_cost(task: Source) -> Decimal | None:
    advised = task.value("change/tier")
    costs = (tier.decimal("expected_cost_usd") for tier in task.each("tiers") if tier.value("tier") == advised)
    return next(costs, None)


def _quality(source: Source) -> Chart:
    lines = share_rows(source, "tasks", "pass_rate/value", interval="pass_rate")
    return row_chart(
        "quality-by-task",
        "Quality by task",
        caption(source, "tasks", "First answers that passed their checks, on all tiers that answered first"),
        lines,
        share_tick,
        "measures",
        [Legend("dot", "Pass rate"), Legend("interval", "95% interval")],
        start=floor_of(lines),
        target=Decimal(1),
        mark=False,
    )


def _escalations(source: Source) -> Chart:
    lines = share_rows(source, "tasks", "escalation_rate/value", interval="escalation_rate")
    text = caption(source, "tasks", "Requests that escalated to a higher tier")
    legend = [Legend("dot", "Rate"), Legend("interval", "95% interval")]
    return row_chart("escalation-by-task", "Escalation rate by task", text, lines, share_tick, "measures", legend)
