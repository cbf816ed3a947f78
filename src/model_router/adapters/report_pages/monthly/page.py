"""The monthly review's page."""

from collections.abc import Mapping
from typing import Any

from model_router.adapters.report_pages.monthly.sections import charts, sections
from model_router.adapters.report_pages.parts.figures import (
    Html,
    Source,
    between,
    day_words,
    month_words,
    period_words,
    plural,
    words,
)
from model_router.adapters.report_pages.parts.formats import NONE
from model_router.adapters.report_pages.parts.rendering import Headline, Notice, Page, render


def render_monthly(review: Mapping[str, Any]) -> str:
    """Render the monthly review as one HTML file. Equal reviews give equal text."""
    source = Source(review)
    return render(
        Page(
            title=f"Claude routing review, {month_words(source.text('month'))}",
            period=period_words(source.text("from"), source.text("to")),
            lead=_lead(source),
            headlines=_headlines(source.inside("headline")),
            banners=_banners(source),
            notices=_notices(source),
            charts=charts(source) if source.value("tasks") else [],
            sections=sections(source),
            footnotes=[
                "Money is in US dollars. An interval contains the true figure in 95 of 100 cases. A dash means "
                "unknown. Figures by task cover routed requests that were answered.",
                "review.json, in the same folder, has the exact figures.",
            ],
        )
    )


def _lead(source: Source) -> Html | str:
    part = source.inside("headline")
    if not part.value("requests"):
        return "No requests were recorded in this month, so there is nothing to review."
    changes = part.value("changes")
    advised = words("{} {} of tier advised.", part("changes"), plural(changes, "change")) if changes else ""
    return words(
        "{} {} cost {}; without the router they would have cost {}. {}",
        part("requests"),
        plural(part.value("requests"), "request"),
        part("spent_usd", "money"),
        between(part("baseline_usd", "money"), part("baseline_high_usd", "money")),
        advised or "No task needs another tier.",
    )


def _headlines(part: Source) -> list[Headline]:
    saved = part.decimal("saved_usd")
    some = bool(part.value("requests"))
    figure: Html | str = part("saved_usd", "money") if some else NONE
    if part.decimal("saved_share") is not None:
        figure = words("{} <small>{}</small>", figure, part("saved_share", "share"))
    most: Html | str = words("Up to {} in the baseline model’s own tokens.", part("saved_high_usd", "money"))
    if saved is None or saved == part.decimal("saved_high_usd"):
        most = "Compared with the baseline tier for everything."
    unknown = words("Attempts of unknown cost may add up to {}.", part("unknown_max_usd", "money"))
    if not part.decimal("unknown_max_usd"):
        unknown = words("No cost is unknown.")
    unmatched = words(" No rule matched {} of requests.", part("unmatched_share", "share"))
    tone = "" if not saved else "good" if saved > 0 else "bad"
    return [
        Headline("Spent", part("spent_usd", "money") if some else NONE, unknown),
        Headline("Saved", figure, most, tone),
        Headline("Escalation rate", part("escalation_rate/value", "share"), _rate(part, "escalation_rate", "requests")),
        Headline(
            "Quality",
            part("pass_rate/value", "share"),
            words("{}{}", _rate(part, "pass_rate", "checked first answers"), unmatched),
        ),
    ]


def _rate(part: Source, name: str, of: str) -> Html:
    rate = part.inside(name)
    if rate.value() is None:
        return words("Nothing was measured.")
    return words("Of {} {}: between {} and {}.", rate("n"), of, rate("low", "share"), rate("high", "share"))


def _banners(source: Source) -> list[Notice]:
    banners = []
    if source.value("simulated"):
        text = "A stand-in for the Claude API answered: no one was charged, and quality says nothing about Claude."
        banners.append(Notice("Simulated figures.", text, "warn"))
    missing = source.value("days/missing")
    if missing:
        days = ", ".join(day_words(str(day), "{0.day} {0:%b}") for day in missing)
        text = words(
            "{} of {} days are in these figures; missing: {}.", source("days/counted"), source("days/expected"), days
        )
        banners.append(Notice("Days are missing.", text, "warn"))
    return banners


def _notices(source: Source) -> list[Notice]:
    notices = []
    for task in source.each("tasks"):
        if task.value("change") is not None:
            text = words(
                "<bdi>{}</bdi>, from {} to {}: {}.",
                task.text("task"),
                task.text("tier"),
                task.text("change/tier"),
                task.text("why").rstrip("."),
            )
            label = "Try:" if task.text("verdict") == "try lower" else "Change:"
            notices.append(Notice(label, text, "info"))
    retiring = source.each("models/near_retirement")
    return notices + [Notice("Near retirement:", _retirement(model), "bad") for model in retiring]


def _retirement(model: Source) -> Html:
    """When a model retires, as far as is known."""
    when = "no date is announced"
    if model.value("retires_at"):
        when = f"retires on {day_words(model.text('retires_at')[:10])}"
    elif model.value("not_retired_before"):
        when = f"may be retired from {day_words(model.text('not_retired_before'))}"
    state = f" ({model.text('lifecycle')})" if model.text("lifecycle") else ""
    return words("<bdi>{}</bdi>{}, {}.", model.text("model"), state, when)
