"""The monthly page's charts and tables: tasks and the changes advised for them, the price of each tier, the models."""

from decimal import Decimal

from model_router.adapters.report_pages.parts.charts import Row, caption, floor_of, row_chart, share_rows, with_figure
from model_router.adapters.report_pages.parts.figures import Cell, Html, Source, Table, day_words, words
from model_router.adapters.report_pages.parts.formats import NONE, money, money_tick, share_tick
from model_router.adapters.report_pages.parts.rendering import (
    Chart,
    File,
    Legend,
    Notice,
    Section,
    cell,
    columns_of,
    facts_table,
    listing,
    name_cell,
)
from model_router.domain.spend.figures import Declared, Figure
from model_router.domain.spend.monthly import review
from model_router.domain.spend.monthly.task_review import TaskMeasures, TaskReview
from model_router.domain.spend.monthly.tier_options import TierOption

_RETIREMENT = (
    Declared("model", Figure("Model", "text")),
    Declared("lifecycle", Figure("Lifecycle", "text")),
    Declared("not_retired_before", Figure("Not retired before", "text")),
    Declared("retires_at", Figure("Retires", "text")),
)


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


_ADVICE = (
    "task", "tier", "verdict", "change/tier", "expected_saving_usd", "cheapest_within_5_percent",
    "break_even_escalation_rate", "why",
)  # fmt: skip
_CHANGE_NOTE = (
    "To apply a change, replace the file of that name in your rules folder with its text, below, review the "
    "difference, and push the folder (router rules push)."
)
_OPTIONS_NOTE = "Expected: an attempt on that tier, plus an attempt on the next one for the share that escalates."
_PRICES = {
    "input": "Input",
    "output": "Output",
    "cache_write_5m": "Cache write, 5 min",
    "cache_write_1h": "Cache write, 1 h",
    "cache_read": "Cache read",
}


def sections(source: Source) -> list[Section]:
    return [_tasks(source), _options(source), _models(source.inside("models")), _basis(source)]


def _tasks(source: Source) -> Section:
    tasks = list(source.each("tasks"))
    files = [_file(task) for task in tasks if task.value("change") is not None]
    note = _CHANGE_NOTE if files else ""
    return Section(
        "tasks",
        "Tasks, and the tier that each belongs on",
        [
            listing(tasks, columns_of(TaskMeasures), "measures", "How each task did"),
            listing(tasks, columns_of(TaskReview, only=_ADVICE), "advice", "Advice by task", note),
        ],
        files=files,
    )


def _file(task: Source) -> File:
    name = f"{task.text('change/file')}: {task.text('task')} on {task.text('change/tier')}"
    return File(name, task.text("change/text"), f"{task.pointer}/change/text")


def _options(source: Source) -> Section:
    columns = columns_of(TierOption)
    rows = [
        [name_cell(task.text("task")), *(cell(tier, one) for one in columns)]
        for task in source.each("tasks")
        for tier in task.each("tiers")
    ]
    headings = ("Task", *(one.figure.heading for one in columns))
    table = Table("options", "Tiers by task", headings, rows, _OPTIONS_NOTE)
    return Section("options-section", "What each tier would cost", [table])


def _models(part: Source) -> Section:
    notices = []
    if part.value("asked") is False:
        notices.append(Notice("The models API was not asked.", part.text("why_not"), "warn"))
    new = [str(name) for name in part.value("not_in_catalog") or ()]
    text = [words("Models of the API that the catalog does not have: <bdi>{}</bdi>.", ", ".join(new))] if new else []
    differing = [
        [
            name_cell(one.text("model")),
            name_cell(one.text("what")),
            *(_either(one, side) for side in ("catalog", "upstream")),
        ]
        for one in part.each("differences")
    ]
    return Section(
        "models-section",
        "Models and prices",
        [
            listing(
                part.each("near_retirement"),
                _RETIREMENT,
                "retirement",
                "Models near retirement",
                name=day_words,
                empty="None of the models in use.",
            ),
            Table(
                "differences",
                "Where catalog and models API differ",
                ("Model", "What", "Catalog", "Models API"),
                differing,
                empty="Nowhere." if part.value("asked") else "Not known.",
            ),
            _prices(part),
        ],
        words=text,
        notices=notices,
    )


def _either(source: Source, side: str) -> Cell:
    return Cell(source(side)) if source.decimal(side) is not None else Cell(source.text(side) or NONE)


def _prices(part: Source) -> Table:
    rows = []
    for change in part.each("price_changes"):
        for when, path in ((f"from {day_words(change.text('from'))}", "bands"), ("before", "before")):
            for band in change.each(path):
                limit = band("up_to_prompt_tokens") if band.value("up_to_prompt_tokens") is not None else "any length"
                prices = [Cell(words("${}", band(kind, "text"))) for kind in _PRICES]
                rows.append([name_cell(change.text("model")), name_cell(when), Cell(limit), *prices])
    columns = ("Model", "When", "Prompt up to, tokens", *_PRICES.values())
    return Table("prices", "Prices that changed, per million tokens", columns, rows, empty="None in this month.")


def _basis(source: Source) -> Section:
    rules = source.inside("rules")
    packaged = " (the packaged defaults: none are set)" if rules.value("packaged") else ""
    parts = [(source.inside("days"), review.Days), (source.inside("unmatched"), review.Unmatched)]
    figures: list[tuple[str, Cell | Html | str]] = [
        *((one.figure.heading, cell(part, one)) for part, model in parts for one in columns_of(model)),
        ("Rules version", f"{rules.text('version')}{packaged}"),
        ("Prices and dates as of", day_words(source.text("as_of"))),
        ("Catalog of", day_words(source.text("models/catalog_date"))),
    ]
    return Section(
        "basis-section",
        "What this review is based on",
        [
            facts_table("basis", "Days, rules and catalog", figures),
            listing(rules.each("tiers"), columns_of(review.TierNow), "tiers", "Tiers now", narrow=True),
        ],
    )
