"""The weekly page's tables. Their columns are the figures that the report's models declare."""

from collections.abc import Sequence
from typing import Any

from model_router.adapters.report_pages.parts.figures import Html, Source, Table, month_words, plural, tier_order, words
from model_router.adapters.report_pages.parts.rendering import (
    Notice,
    Section,
    columns_of,
    facts,
    listing,
    money_by_name,
)
from model_router.domain.spend.figures import Declared
from model_router.domain.spend.weekly import aws_bill, breakdowns, canary, money, quality, sessions
from model_router.domain.spend.weekly.applications import ApplicationRow
from model_router.domain.spend.weekly.efforts import EffortRow
from model_router.domain.spend.weekly.report import RulesVersion

_TONES = {"raise": "good", "hold": "info", "roll back": "bad"}
_ITEMS = {
    "lambda_gb_second": "Lambda, GB-seconds",
    "lambda_request": "Lambda, requests",
    "dynamodb_write_unit": "DynamoDB, write units",
    "dynamodb_read_unit": "DynamoDB, read units",
    "api_gateway_request": "API Gateway, requests",
    "log_gigabyte": "CloudWatch Logs, GB",
}
_BASELINE_NOTE = (
    "The baseline is the price of the same answers on the baseline model; where route_models routed a request, on the "
    "model that it named. Conversations read the prompt cache that the baseline model would have had, so a move to it "
    "can cost more than its baseline. Requests of the control arm, and those that pinned a model, count as having "
    "saved nothing."
)
_APPLICATIONS_NOTE = (
    "An application is the program behind requests, recognised by what it always sends. Of each day, the 1,000 that "
    "cost most are counted by themselves. The command router apps list shows them with the names of their rules."
)
_EFFORTS_NOTE = (
    "Answers whose effort or thinking the rules limited, compared with those of the same task and tier without a "
    "limit. What they saved is an estimate."
)
_SESSIONS_NOTE = (
    "A session is one conversation of an agent or a chat. Of each day, the 1,000 sessions that cost most are counted "
    "by themselves. The command router sessions show prints one turn by turn."
)
_QUALITY_NOTE = (
    "Of routed requests. First answers are those of the chosen tier, before any escalation; served answers are those "
    "that callers got. A drop of over 5 points from the week before is flagged."
)


def sections(source: Source) -> list[Section]:
    return [
        _saved(source),
        _canary(source.inside("canary")),
        _spend(source),
        _sessions(source.inside("sessions")),
        _escalations(source),
        _quality(source.inside("quality")),
        _latency(source.inside("latency")),
        _unknown(source),
        Section("rules", "Rules", [_list(source, "rules_versions", RulesVersion, "Rules versions in force")]),
        _aws_bill(source.inside("aws_bill")),
    ]


def _saved(source: Source) -> Section:
    month = month_words(source.text("projection/month"))
    tables = [
        _facts(source, "totals", money.Spent, "The week in total"),
        _facts(source, "baseline", money.Baseline, "What the router saved", _BASELINE_NOTE),
        _facts(source, "projection", money.Projection, f"All of {month} if every day cost as much as these"),
    ]
    return Section("saved", "Before and after the router", tables)


def _spend(source: Source) -> Section:
    tiers = tier_order([tier.name for day in source.each("by_day") for tier in day.each("cost_by_tier")])
    costs = [money_by_name("cost_by_tier", name, f"On {name}") for name in tiers]
    tokens = [one for one in columns_of(breakdowns.ModelRow) if one.path == "model" or one.path.startswith("tokens/")]
    limited = [_list(source, "efforts", EffortRow, "Limited effort", _EFFORTS_NOTE)] if source.value("efforts") else []
    modes = "Attempts that used several models count for their own mode."
    tags = "A request counts once for each of its tags."
    return Section(
        "spend",
        "Spend",
        [
            _list(source, "by_day", breakdowns.DayRow, "Spend by day (UTC)", without=["tokens"], more=costs),
            _list(source, "by_tier", breakdowns.TierRow, "Spend by tier", without=["tokens"]),
            _list(source, "by_model", breakdowns.ModelRow, "Spend by model", without=["tokens"]),
            _list(source, "by_mode", breakdowns.ModeRow, "Spend by batch, fast mode and region", modes),
            _list(source, "by_task", breakdowns.TaskRow, "Spend by task", without=["tokens"]),
            _list(source, "by_client", breakdowns.ClientRow, "Spend by client", without=["tokens"]),
            _list(source, "by_tag", breakdowns.TagRow, "Spend by tag", tags, without=["tokens"]),
            _list(source, "by_application", ApplicationRow, "Spend by application", _APPLICATIONS_NOTE),
            *limited,
            listing(source.each("by_model"), tokens, "tokens", "Tokens by model"),
        ],
    )


def _sessions(part: Source) -> Section:
    notices = []
    if part.value("over_baseline"):
        counted, most = part("counted"), part("over_baseline_usd", "money")
        text = words(
            "{} of {} {} cost more, {} in total.",
            part("over_baseline"),
            counted,
            plural(part.value("counted"), "session"),
            most,
        )
        notices.append(Notice("More expensive than on the baseline.", text, "warn"))
    tables = [
        _list(part, "most_expensive", sessions.SessionRow, "Sessions that cost most", _SESSIONS_NOTE),
        facts([(part, sessions.Sessions)], "session-totals", "All sessions that are counted by themselves"),
    ]
    return Section("sessions", "Sessions", tables, notices=notices)


def _escalations(source: Source) -> Section:
    models = (("escalations", quality.Escalations), ("fallbacks", money.Fallbacks), ("failed", money.Failed))
    parts = [(source.inside(name), model) for name, model in models]
    part, title = source.inside("escalations"), "Escalations, fallbacks and failures in total"
    tables = [
        _list(part, "by_task", quality.TaskEscalations, "Escalations by task", table_id="escalations-by-task"),
        facts(parts, "escalation-totals", title),
    ]
    return Section("escalation", "Escalations, fallbacks, failures", tables)


def _quality(part: Source) -> Section:
    tables = [
        _list(part, "by_task", quality.TaskQuality, "Quality by task", _QUALITY_NOTE, table_id="quality-by-task"),
        facts([(part, quality.Quality)], "quality-whole", "First answers of all tasks"),
    ]
    return Section("quality", "Quality", tables)


def _latency(part: Source) -> Section:
    note = words("Percentiles come from histograms and are within {}.", part("error_share", "share"))
    by_tier, title = part.each("by_tier"), "Latency of Claude by tier"
    tables = [
        listing(by_tier, columns_of(quality.TierLatency), "latency-by-tier", title, note, narrow=True),
        _facts(part, "request", quality.RequestLatency, "Latency of whole requests"),
        _facts(part, "overhead", quality.RequestLatency, "Latency that the router added"),
    ]
    return Section("latency", "Latency", tables)


def _unknown(source: Source) -> Section:
    parts = [(source.inside("unknown"), money.Unknown), (source.inside("unsettled"), money.Unsettled)]
    tables = [facts(parts, "unknown-costs", "Costs that are not known and are in no other figure")]
    if source.value("unlisted_models"):
        note = "Give a model its prices in the rules parameter models/<id>; they apply from then on."
        title = "Models that the catalog has no price for"
        tables.append(_list(source, "unlisted_models", breakdowns.UnlistedModelRow, title, note))
    return Section("unknown", "Unknown and unsettled costs", tables)


def _canary(part: Source) -> Section:
    verdict = part.text("verdict")
    notices = []
    if verdict:
        decided = words("{} Decided by: {}.", part.text("why"), part.text("decided_by"))
        notices.append(Notice(f"Verdict: {verdict}.", decided, _TONES.get(verdict, "info")))
    note = words(
        "Routed less control. A verdict needs {} requests in each arm; margins: {} of quality, {} of latency.",
        part("min_requests"),
        part("quality_margin", "share"),
        part("latency_margin", "share"),
    )
    tables = [
        _list(part, "arms", canary.Arm, "The arms"),
        _facts(part, "differences", canary.Differences, "Differences", note),
    ]
    return Section("canary", "Canary: routed compared with control", tables, notices=notices)


def _aws_bill(part: Source) -> Section:
    note = "List prices without free tier. This is an estimate from counts; AWS writes the invoice."
    tables = [
        facts([(part, aws_bill.AwsBill)], "aws-total", "The bill compared with what the router saved", note),
        _list(part, "items", aws_bill.Item, "By service", name=_item, narrow=True),
        _list(part, "assumptions", aws_bill.Assumption, "Assumptions", name=_item, narrow=True),
    ]
    return Section("aws-bill", "The stack's own AWS bill, estimated", tables)


def _item(name: str) -> str:
    return _ITEMS.get(name, name.replace("_", " ").capitalize())


def _list(  # noqa: PLR0913 - each argument is a part of the table
    source: Source,
    path: str,
    model: Any,
    title: str,
    note: Html | str = "",
    *,
    table_id: str = "",
    without: Sequence[str] = (),
    more: Sequence[Declared] = (),
    **options: Any,
) -> Table:
    """The table of the list at `path`: the figures of `model`, and `more`."""
    columns = [*columns_of(model, without=without), *more]
    return listing(source.each(path), columns, table_id or path.replace("_", "-"), title, note, **options)


def _facts(source: Source, path: str, model: Any, title: str, note: Html | str = "") -> Table:
    return facts([(source.inside(path), model)], path, title, note)
