"""The weekly page's tables on quality, latency, the canary, and the stack's own AWS bill."""

from model_router.adapters.report_pages.parts.figures import Cell, Source, Table, words
from model_router.adapters.report_pages.parts.formats import Kind
from model_router.adapters.report_pages.parts.rendering import Notice, Section
from model_router.adapters.report_pages.parts.wording import (
    facts_table,
    figure_cell,
    interval_cell,
    name_cell,
    word_cell,
)

_VERDICT_TONES = {"raise": "good", "hold": "info", "roll back": "bad"}
_VERDICTS = {"raise": "Raise", "hold": "Hold", "roll back": "Roll back"}
_ITEMS = {
    "lambda_gb_second": "Lambda, GB-seconds",
    "lambda_request": "Lambda, requests",
    "dynamodb_write_unit": "DynamoDB, write units",
    "dynamodb_read_unit": "DynamoDB, read units",
    "api_gateway_request": "API Gateway, requests",
    "log_gigabyte": "CloudWatch Logs, GB",
}


def quality(source: Source) -> Section:
    part = source.inside("quality")
    rows: list[list[Cell]] = []
    for task in part.each("by_task"):
        flagged = bool(task.value("flagged"))
        rows.append(
            [
                name_cell(task.text("task")),
                figure_cell(task("checked")),
                figure_cell(task("passed")),
                figure_cell(task("pass_rate", "share")),
                interval_cell(task.inside("interval"), "share"),
                figure_cell(task("last_week", "share")),
                figure_cell(task("change", "points"), "bad" if flagged else ""),
                word_cell(quality_verdict(task), "bad" if flagged else ""),
                figure_cell(task("served_checked")),
                figure_cell(task("served_passed")),
                figure_cell(task("served_pass_rate", "share")),
                figure_cell(task("feedback_count")),
                figure_cell(task("feedback", "score")),
                interval_cell(task.inside("feedback_interval"), "score"),
            ]
        )
    columns = (
        *("Task", "Checked", "Passed", "First-answer pass rate", "95% interval", "Last week", "Change", "Verdict"),
        *("Served: checked", "Served: passed", "Served: pass rate"),
        *("Feedback", "Mean score, 0 to 1", "95% interval of the score"),
    )
    whole = [
        ("First answers checked", part("checked")),
        ("Passed", part("passed")),
        ("Pass rate", part("pass_rate", "share")),
        ("95% interval", interval_cell(part.inside("interval"), "share").content),
    ]
    return Section(
        "quality",
        "Quality",
        [
            Table(
                "quality-by-task",
                "Quality by task",
                columns,
                rows,
                "Of routed requests. First answers are what the chosen tier said before any escalation; served answers "
                "are what callers got. A drop of over 5 points against the week before is flagged.",
            ),
            facts_table("quality-whole", "First answers of all tasks", whole),
        ],
    )


def quality_verdict(task: Source) -> str:
    if task.value("flagged"):
        return "fell, look into it"
    if not task.value("checked"):
        return "nothing checked"
    return "no figure before" if task.value("change") is None else "holding"


def latency(source: Source) -> Section:
    part = source.inside("latency")
    rows = [
        [
            name_cell(row.text("tier")),
            figure_cell(row("calls")),
            figure_cell(row("p50_ms", "milliseconds")),
            figure_cell(row("p95_ms", "milliseconds")),
        ]
        for row in part.each("by_tier")
    ]
    for name, path in (("Whole requests", "request"), ("The router's own part", "overhead")):
        found = part.inside(path)
        counted = figure_cell(found("requests"))
        rows.append(
            [
                name_cell(name),
                counted,
                figure_cell(found("p50_ms", "milliseconds")),
                figure_cell(found("p95_ms", "milliseconds")),
            ]
        )
    note = words("Read from histograms, within {}.", part("error_share", "share"))
    columns = ("Of", "Measured", "Half within", "95% within")
    return Section(
        "latency", "Latency", [Table("latency-by-tier", "Latency by tier", columns, rows, note, narrow=True)]
    )


def canary(source: Source) -> Section:
    part = source.inside("canary")
    verdict = part.text("verdict")
    notices = []
    if verdict:
        label = f"Verdict: {_VERDICTS.get(verdict, verdict).lower()}."
        decided = words("{} Decided by: {}.", part.text("why"), part.text("decided_by"))
        notices.append(Notice(label, decided, _VERDICT_TONES.get(verdict, "info")))
    return Section("canary", "Canary: routed against control", [_arms(part), _differences(part)], notices=notices)


def _arms(part: Source) -> Table:
    rows = [
        [
            name_cell(arm.text("arm")),
            figure_cell(arm("requests")),
            figure_cell(arm("answered")),
            figure_cell(arm("cost_usd", "money")),
            figure_cell(arm("priced_requests")),
            figure_cell(arm("mean_cost_per_request_usd", "money")),
            interval_cell(arm.inside("cost_per_request_usd"), "money"),
            figure_cell(arm("checked")),
            figure_cell(arm("passed")),
            figure_cell(arm("pass_rate", "share")),
            interval_cell(arm.inside("quality"), "share"),
            figure_cell(arm("latency_ms/value", "milliseconds")),
            interval_cell(arm.inside("latency_ms"), "milliseconds"),
            figure_cell(arm("feedback_count")),
            figure_cell(arm("feedback/value", "score")),
        ]
        for arm in part.each("arms")
    ]
    columns = (
        *("Arm", "Requests", "Answered", "Spent", "Of known cost", "Cost per request", "95% interval"),
        *("Checked", "Passed", "Pass rate", "95% interval", "Mean latency", "95% interval", "Feedback", "Mean score"),
    )
    return Table("arms", "The arms", columns, rows)


def _differences(part: Source) -> Table:
    kinds: tuple[tuple[str, str, Kind], ...] = (
        ("Cost per request", "cost_per_request_usd", "signed_money"),
        ("Quality (served pass rate)", "quality", "points"),
        ("Mean latency", "latency_ms", "signed_milliseconds"),
    )
    rows = []
    for name, path, kind in kinds:
        found = part.inside(f"differences/{path}")
        rows.append([name_cell(name), figure_cell(found("value", kind)), interval_cell(found, kind)])
    note = words(
        "Routed less control. A verdict needs {} requests in each arm; margins: {} of quality, {} of latency.",
        part("min_requests"),
        part("quality_margin", "share"),
        part("latency_margin", "share"),
    )
    return Table("differences", "Differences", ("Figure", "Difference", "95% interval"), rows, note, narrow=True)


def aws_bill(source: Source) -> Section:
    part = source.inside("aws_bill")
    rows = [
        [
            name_cell(_ITEMS.get(item.text("item"), item.text("item").replace("_", " "))),
            figure_cell(item("quantity")),
            figure_cell(item("price_usd", "price")),
            figure_cell(item("cost_usd", "money")),
        ]
        for item in part.each("items")
    ]
    assumed = [
        (item.text("assumption").replace("_", " ").capitalize(), item("value", "plain"))
        for item in part.each("assumptions")
    ]
    total = [
        ("Estimated in all", part("cost_usd", "money")),
        ("Saved, low", part("saved_low_usd", "signed_money")),
        ("The bill as a share of that", part("share_of_saving", "share")),
        ("Memory of the function, MB", part("memory_megabytes", "plain")),
    ]
    note = f"List prices of {part.text('prices_of')}, no free tier. An estimate from counts: AWS writes the invoice."
    return Section(
        "aws-bill",
        "The stack's own AWS bill, estimated",
        [
            facts_table("aws-total", "The bill beside what the router saved", total),
            Table("aws-items", "By service", ("Item", "Quantity", "Price of one", "Cost"), rows, note, narrow=True),
            facts_table("aws-assumptions", "What the estimate assumes", assumed),
        ],
    )
