"""The weekly report's page."""

from collections.abc import Mapping
from typing import Any

from model_router.adapters.report_pages.parts.figures import (
    ZERO,
    Html,
    Source,
    between,
    change,
    day_words,
    month_words,
    period_words,
    plural,
    words,
)
from model_router.adapters.report_pages.parts.formats import NONE
from model_router.adapters.report_pages.parts.rendering import Headline, Notice, Page, render
from model_router.adapters.report_pages.weekly.charts import charts
from model_router.adapters.report_pages.weekly.sections import sections

_THEN = "last week"


def render_weekly(report: Mapping[str, Any]) -> str:
    """Render the weekly report as one HTML file. Equal reports give equal text."""
    source = Source(report)
    return render(
        Page(
            title=f"Claude spend, week {source.text('week')}",
            period=period_words(source.text("from"), source.text("to")),
            lead=lead(source),
            headlines=headlines(source),
            banners=banners(source),
            notices=notices(source),
            charts=charts(source) if source.value("totals/requests") else [],
            sections=sections(source),
            footnotes=[
                "Money is in US dollars. Low and high are the baseline by tokens as counted and in the baseline "
                "model’s own tokens. An interval contains the true figure in 95 of 100 cases. A dash means that there "
                "is no figure.",
                "report.json and report.csv, in the same folder, have the exact figures.",
            ],
        )
    )


def lead(source: Source) -> Html | str:
    """The week in one or two sentences."""
    requests = source.value("totals/requests")
    if not requests:
        return "No requests were recorded in this week, so there is nothing to report."
    low, high = source("baseline/low_usd", "money"), source("baseline/high_usd", "money")
    text = words(
        "{} {} cost {}; without the router they would have cost {}.",
        source("totals/requests"),
        plural(requests, "request"),
        source("totals/cost_usd", "money"),
        between(low, high),
    )
    if not source.value("totals/answered"):
        return words("{} None of them was answered.", text)
    projected = source.inside("projection")
    if projected.decimal("spent_usd") is None:
        return text
    return words(
        "{} At this pace, {} will cost {} and save {}.",
        text,
        month_words(projected.text("month")),
        projected("spent_usd", "money"),
        projected("saved_low_usd", "signed_money" if (projected.decimal("saved_low_usd") or ZERO) < 0 else "money"),
    )


def headlines(source: Source) -> list[Headline]:
    part = source.inside("headline")
    return [_spent(part), _saved(part), _escalations(part), _quality(source, part)]


def _spent(part: Source) -> Headline:
    spent = part.inside("spent_usd")
    requests = words("{} {}.", part("requests/value"), plural(part.value("requests/value"), "request"))
    if part.value("requests/value") is None:
        requests = words("No requests.")
    text = words("{} {}", change(spent, "money", "money_size", _THEN), requests)
    return Headline("Spent", spent("value", "money"), text)


def _saved(part: Source) -> Headline:
    low, high = part.inside("saved_low_usd"), part.inside("saved_high_usd")
    share = part.inside("saved_share_low")
    figure: Html = low("value", "money")
    if share.decimal("value") is not None:
        figure = words("{} <small>{}</small>", figure, share("value", "share"))
    text = change(low, "money", "money_size", _THEN)
    saved = low.decimal("value")
    if saved is not None and saved < 0:
        text = words("The router cost more than it saved. {}", text)
    elif saved is not None and low("value", "money").text != high("value", "money").text:
        most, most_share = high("value", "money"), part("saved_share_high/value", "share")
        text = words("Up to {} ({}) in the baseline model’s own tokens. {}", most, most_share, text)
    tone = "" if not saved else "good" if saved > 0 else "bad"
    return Headline("Saved", figure, text, tone)


def _escalations(part: Source) -> Headline:
    rate = part.inside("escalation_rate")
    text = change(rate, "share", "points_size", _THEN)
    if rate.decimal("value") is None:
        return Headline("Escalation rate", NONE, words("No request that could escalate was answered. {}", text))
    over = bool(rate.value("over_target"))
    target = words("{} the target of {}.", "Over" if over else "Within", rate("target", "share"))
    return Headline("Escalation rate", rate("value", "share"), words("{} {}", target, text), "bad" if over else "good")


def _quality(source: Source, part: Source) -> Headline:
    quality = part.inside("quality")
    text = change(quality, "share", "points_size", _THEN)
    if quality.decimal("value") is None:
        return Headline("Quality", NONE, words("No answer was checked. {}", text))
    flagged = any(task.value("flagged") for task in source.each("quality/by_task"))
    checked = words("First answers that passed, of {} checked. {}", quality("checked"), text)
    return Headline("Quality", quality("value", "share"), checked, "bad" if flagged else "good")


def banners(source: Source) -> list[Notice]:
    """What applies to all figures: they are simulated, or the week is not over."""
    return [*_simulated(source), *_unfinished(source)]


def notices(source: Source) -> list[Notice]:
    """What to look into: tasks that got worse or escalate too often, then unknown costs."""
    notices = []
    for task in source.each("quality/by_task"):
        if task.value("flagged"):
            text = words(
                "<bdi>{}</bdi>: first answers passed {} of the time, down {} from {} last week.",
                task.text("task"),
                task("pass_rate", "share"),
                task("change", "points_size"),
                task("last_week", "share"),
            )
            notices.append(Notice("Quality dropped.", text, "bad"))
    over = [task for task in source.each("escalations/by_task") if task.value("over_target")]
    if over:
        each = [words("<bdi>{}</bdi> {}", task.text("task"), task("rate", "share")) for task in over]
        text = words(
            "{}; the target is {}.", words(", ".join(["{}"] * len(each)), *each), source("escalations/target", "share")
        )
        notices.append(Notice("Escalates too often:", text, "warn"))
    return notices + _unknown(source)


def _simulated(source: Source) -> list[Notice]:
    if not source.value("simulated"):
        return []
    text = words(
        "{} of {} {} were answered by a stand-in for the Claude API. The amounts are what Claude would have billed; "
        "no one was charged for them.",
        source("simulated_requests"),
        source("totals/requests"),
        plural(source.value("totals/requests"), "request"),
    )
    return [Notice("Simulated figures.", text, "warn")]


def _unfinished(source: Source) -> list[Notice]:
    if source.value("finished") is not False:
        return []
    text = words("The figures go up to {}; they are compared with a whole week.", day_words(source.text("through")))
    return [Notice("This week is not over.", text, "info")]


def _unknown(source: Source) -> list[Notice]:
    unknown, unsettled = source.inside("unknown"), source.inside("unsettled")
    notices = []
    if unknown.value("calls"):
        text = words(
            "{} {} may have been billed, at most {} in total. No other figure includes it.",
            unknown("calls"),
            plural(unknown.value("calls"), "attempt"),
            unknown("at_most_usd", "money"),
        )
        notices.append(Notice("Unknown costs.", text, "warn"))
    if models := list(source.each("unlisted_models")):
        names = words(", ".join(["<bdi>{}</bdi>"] * len(models[:3])), *(model.text("model") for model in models[:3]))
        more = " and others" if models[3:] else ""
        text = words("The catalog has no price for {}{}: see the section on unknown costs.", names, more)
        notices.append(Notice("Models without a price.", text, "warn"))
    if unsettled.value("open") or unsettled.value("abandoned"):
        text = words(
            "{} open and {} abandoned requests may add up to {}.",
            unsettled("open"),
            unsettled("abandoned"),
            unsettled("at_most_usd", "money"),
        )
        notices.append(Notice("Unsettled requests.", text, "warn"))
    return notices
