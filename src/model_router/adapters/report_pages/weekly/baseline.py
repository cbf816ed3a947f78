"""The weekly page's tables on what was saved, what the month comes to, and what is not known."""

from model_router.adapters.report_pages.parts.figures import Source, Table
from model_router.adapters.report_pages.parts.rendering import Section
from model_router.adapters.report_pages.parts.wording import Field, facts_table, listing, month_words, name_cell

_UNLISTED: tuple[Field, ...] = (
    ("Calls", "calls", "count"),
    ("Failed", "failed", "count"),
    ("Calls of unknown cost", "unknown", "count"),
    ("Those, at most", "unknown_bound_usd", "money"),
    ("Input tokens", "tokens/input", "count"),
    ("Output tokens", "tokens/output", "count"),
)


def baseline(source: Source) -> Section:
    saved, escalations, failed = (source.inside(name) for name in ("baseline", "escalations", "failed"))
    projection = source.inside("projection")
    month = month_words(projection.text("month"))
    facts = [
        ("Without the router, tokens as counted (low)", saved("low_usd", "money")),
        ("Without the router, in the baseline model's own tokens (high)", saved("high_usd", "money")),
        ("With the router", saved("spent_usd", "money")),
        ("Saved, low", saved("saved_low_usd", "signed_money")),
        ("Saved, high", saved("saved_high_usd", "signed_money")),
        ("Saved, low, as a share", saved("saved_share_low", "signed_share")),
        ("Saved, high, as a share", saved("saved_share_high", "signed_share")),
        ("Saved if every unknown cost is at its most", saved("saved_worst_usd", "signed_money")),
        ("Spent on escalations", escalations("cost_usd", "money")),
        ("Spent on answers that an escalation replaced", escalations("wasted_usd", "money")),
        ("Spent on fallbacks", source("fallbacks/cost_usd", "money")),
        ("Spent on failed calls", failed("cost_usd", "money")),
        ("Failed calls of unknown cost, at most", failed("unknown_bound_usd", "money")),
        ("Saved by prompt caches (signed)", saved("cache_saving_usd", "signed_money")),
        ("Cached calls without a price to compare with", saved("cache_unpriced_calls", "count")),
        ("Cost per request, routed", saved("routed_cost_per_request_usd", "money")),
        ("Cost per request, control", saved("control_cost_per_request_usd", "money")),
    ]
    ahead = [
        ("Spent", projection("spent_usd", "money")),
        ("Saved, low", projection("saved_low_usd", "signed_money")),
        ("Saved, high", projection("saved_high_usd", "signed_money")),
        ("Days of the week counted", projection("days_counted", "count")),
        ("Days in the month", projection("days_in_month", "count")),
    ]
    return Section(
        "saved",
        "Before and after the router",
        [
            facts_table(
                "baseline",
                "What the router saved, what it cost, and what is not certain",
                facts,
                "The baseline prices the answers that were given on the baseline model; where route_models routed a "
                "request, on the model that it named. Requests of the control arm, and those that pinned a model, "
                "count as having saved nothing.",
            ),
            facts_table(
                "projection", f"The whole of {month}, were each day like these" if month else "Projection", ahead
            ),
        ],
    )


def open_costs(source: Source) -> Section:
    """What is not known, apart from what is."""
    unknown, unsettled = source.inside("unknown"), source.inside("unsettled")
    facts = [
        ("Calls of unknown cost in settled requests", unknown("calls", "count")),
        ("Those, at most", unknown("at_most_usd", "money")),
        ("Requests still open", unsettled("open", "count")),
        ("Requests abandoned", unsettled("abandoned", "count")),
        ("Calls of unknown cost in these", unsettled("calls", "count")),
        ("Known cost of these (in the figures above)", unsettled("known_cost_usd", "money")),
        ("Unknown cost of these, at most", unsettled("at_most_usd", "money")),
        ("Spend with every unknown cost at its most", source("totals/at_most_usd", "money")),
    ]
    tables = [facts_table("unknown-costs", "Costs that are not known, kept out of every other figure", facts)]
    models = source.inside("unlisted_models")
    if rows := listing(models, _UNLISTED, lambda row: name_cell(row.text("model"))):
        columns = ("Model", *(heading for heading, _, _ in _UNLISTED))
        note = "Give a model its prices in the rules parameter models/<id>; they hold from then on."
        tables.append(Table("unlisted-models", "Models that the catalog has no price for", columns, rows, note))
    return Section("unknown", "Unknown and unsettled costs", tables)
