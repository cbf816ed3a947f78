"""The monthly page's tables: what to change and why, each tier's price for each task, and the models."""

from model_router.adapters.report_pages.parts.figures import Cell, Html, Source, Table, words
from model_router.adapters.report_pages.parts.formats import NONE
from model_router.adapters.report_pages.parts.rendering import File, Notice, Section
from model_router.adapters.report_pages.parts.wording import day_words, facts_table, figure_cell, name_cell, word_cell

_PRICES = (
    ("Input", "input"),
    ("Output", "output"),
    ("Cache write, 5 min", "cache_write_5m"),
    ("Cache write, 1 h", "cache_write_1h"),
    ("Cache read", "cache_read"),
)


def advice(source: Source) -> Section:
    """By task: how it did, and which tier it belongs on; then the changes as files."""
    tasks = list(source.each("tasks"))
    columns = (
        *("Task", "Tier", "Advice", "Tier advised", "Saves in a month", "Cheapest within 5% of quality"),
        *("Tier below pays up to escalations of", "Why"),
    )
    measures = (
        *("Task", "Requests", "Spent", "Cost per request", "Checked", "Pass rate", "95% interval"),
        *("Escalation rate", "95% interval", "Replaced answers"),
    )
    files = [_file(task) for task in tasks if task.value("change") is not None]
    note = (
        "To take a change over, put its text, below, in place of the file of that name in your rules folder, look at "
        "the difference, and push the folder (router rules push)."
    )
    return Section(
        "tasks",
        "Tasks, and the tier that each belongs on",
        [
            Table("measures", "How each task did", measures, [_measures_row(task) for task in tasks]),
            Table("advice", "Advice by task", columns, [_advice_row(task) for task in tasks], note if files else ""),
        ],
        files=files,
    )


def _file(task: Source) -> File:
    name = f"{task.text('change/file')}: {task.text('task')} on {task.text('change/tier')}"
    return File(name, task.text("change/text"), f"{task.pointer}/change/text")


def _advice_row(task: Source) -> list[Cell]:
    changed = task.value("change") is not None
    return [
        name_cell(task.text("task")),
        word_cell(task.text("tier") or NONE),
        word_cell(task.text("verdict") or NONE, "warn" if changed else ""),
        word_cell(task.text("change/tier") or NONE),
        figure_cell(task("expected_saving_usd", "signed_money")),
        word_cell(task.text("cheapest_within_5_percent") or NONE),
        figure_cell(task("break_even_escalation_rate", "share")),
        word_cell(task.text("why"), "long"),
    ]


def _measures_row(task: Source) -> list[Cell]:
    return [
        name_cell(task.text("task")),
        figure_cell(task("requests")),
        figure_cell(task("spent_usd", "money")),
        figure_cell(task("cost_per_request_usd", "money")),
        figure_cell(task("pass_rate/n")),
        *_rate_cells(task.inside("pass_rate")),
        *_rate_cells(task.inside("escalation_rate")),
        figure_cell(task("wasted_usd", "money")),
    ]


def _rate_cells(rate: Source) -> list[Cell]:
    if rate.value() is None:
        return [Cell(NONE), Cell(NONE)]
    return [figure_cell(rate("value", "share")), Cell(words("{} to {}", rate("low", "share"), rate("high", "share")))]


def options(source: Source) -> Section:
    rows = []
    for task in source.each("tasks"):
        for tier in task.each("tiers"):
            present = tier.value("steps") == 0
            rows.append(
                [
                    name_cell(task.text("task")),
                    word_cell(f"{tier.text('tier')}{' (now)' if present else ''}"),
                    word_cell(tier.text("model")),
                    figure_cell(tier("call_cost_usd", "money")),
                    figure_cell(tier("escalation_rate", "share")),
                    word_cell(tier.text("escalation_basis") or NONE),
                    figure_cell(tier("expected_cost_usd", "money")),
                    *_rate_cells(tier.inside("pass_rate")),
                    word_cell("measured" if tier.value("measured") else "not measured"),
                ]
            )
    columns = (
        *("Task", "Tier", "Model", "Cost of a call", "Escalation rate", "Known from", "Expected per request"),
        *("Pass rate", "95% interval", "Quality"),
    )
    note = "Expected: a call on that tier, and what escalating from it costs as often as it happens."
    return Section(
        "options-section", "What each tier would cost", [Table("options", "Tiers by task", columns, rows, note)]
    )


def models(source: Source) -> Section:
    part = source.inside("models")
    notices = []
    if part.value("asked") is False:
        notices.append(Notice("The models API was not asked.", part.text("why_not"), "warn"))
    news = [str(name) for name in part.value("not_in_catalog") or ()]
    told = [words("Models of the API that the catalog does not have: <bdi>{}</bdi>.", ", ".join(news))] if news else []
    retiring = [
        [
            name_cell(model.text("model")),
            word_cell(model.text("lifecycle") or NONE),
            word_cell(day_words(model.text("not_retired_before")) or NONE),
            word_cell(day_words(model.text("retires_at")[:10]) or NONE),
        ]
        for model in part.each("near_retirement")
    ]
    differing = [
        [
            name_cell(one.text("model")),
            word_cell(one.text("what")),
            *(_either(one, side) for side in ("catalog", "upstream")),
        ]
        for one in part.each("differences")
    ]
    heading = ("Model", "Lifecycle", "Not retired before", "Retires")
    return Section(
        "models-section",
        "Models and prices",
        [
            Table("retirement", "Models near retirement", heading, retiring, empty="None of the models in use."),
            Table(
                "differences",
                "Where catalog and models API differ",
                ("Model", "What", "Catalog", "Models API"),
                differing,
                empty="Nowhere." if part.value("asked") else "Not known.",
            ),
            _prices(part),
        ],
        words=told,
        notices=notices,
    )


def _either(source: Source, side: str) -> Cell:
    return figure_cell(source(side)) if source.decimal(side) is not None else Cell(source.text(side) or NONE)


def _prices(part: Source) -> Table:
    rows = []
    for change in part.each("price_changes"):
        for when, path in ((f"from {day_words(change.text('from'))}", "bands"), ("before", "before")):
            for band in change.each(path):
                limit = band("up_to_prompt_tokens") if band.value("up_to_prompt_tokens") is not None else "any length"
                prices = [Cell(words("${}", band(kind, "text"))) for _, kind in _PRICES]
                rows.append([name_cell(change.text("model")), word_cell(when), Cell(limit), *prices])
    columns = ("Model", "When", "Prompt up to, tokens", *(heading for heading, _ in _PRICES))
    return Table("prices", "Prices that changed, per million tokens", columns, rows, empty="None in this month.")


def retirement_words(model: Source) -> Html:
    """When a model goes, as far as is known."""
    when = "no date is announced"
    if model.value("retires_at"):
        when = f"retires on {day_words(model.text('retires_at')[:10])}"
    elif model.value("not_retired_before"):
        when = f"may be retired from {day_words(model.text('not_retired_before'))}"
    state = f" ({model.text('lifecycle')})" if model.text("lifecycle") else ""
    return words("<bdi>{}</bdi>{}, {}.", model.text("model"), state, when)


def basis(source: Source) -> Section:
    rules = source.inside("rules")
    tiers = [[name_cell(tier.text("tier")), word_cell(tier.text("model"))] for tier in rules.each("tiers")]
    packaged = " (the packaged defaults: none are set)" if rules.value("packaged") else ""
    facts: list[tuple[str, Html | str]] = [
        ("Days counted", source("days/counted")),
        ("Days of the month", source("days/expected")),
        ("Requests that no rule matched", source("unmatched/requests")),
        ("Of answered requests that pinned no model", source("unmatched/of")),
        ("As a share", source("unmatched/share", "share")),
        ("Rules version", f"{rules.text('version')}{packaged}"),
        ("Prices and dates as of", day_words(source.text("as_of"))),
        ("Catalog of", day_words(source.text("models/catalog_date"))),
    ]
    return Section(
        "basis-section",
        "What this review rests on",
        [
            facts_table("basis", "Days, rules and catalog", facts),
            Table("tiers", "Tiers now", ("Tier", "Model"), tiers, narrow=True),
        ],
    )
