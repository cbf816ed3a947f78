"""The weekly report's sections on money: totals, baseline, projection, fallbacks, failures, and unknown costs."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from model_router.domain.spend.amounts import each, minus, plus, share
from model_router.domain.spend.figures import Figure
from model_router.domain.spend.periods import Week
from model_router.domain.spend.totals.sums import Overall, RequestSums
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.breakdowns import Tokens


@dataclass(frozen=True, slots=True)
class Spent:
    requests: Annotated[int, Figure("Requests")]
    answered: Annotated[int, Figure("Requests answered")]
    calls: Annotated[int, Figure("Attempts")]
    cost_usd: Annotated[Decimal, Figure("Spent", "money", "Attempts of unknown cost are not included.")]
    at_most_usd: Annotated[Decimal, Figure("Spent if every unknown cost is at its bound", "money")]
    cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]
    tokens: Tokens
    cache_read_share: Annotated[Decimal | None, Figure("Prompt tokens read from a cache", "share")]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the router saved. Low prices tokens as counted, high in the baseline model's own tokens."""

    low_usd: Annotated[Decimal, Figure("Without the router, tokens as counted (low)", "money")]
    high_usd: Annotated[Decimal, Figure("Without the router, in the baseline model's own tokens (high)", "money")]
    spent_usd: Annotated[Decimal, Figure("With the router", "money")]
    saved_low_usd: Annotated[Decimal, Figure("Saved, low", "signed_money")]
    saved_high_usd: Annotated[Decimal, Figure("Saved, high", "signed_money")]
    saved_share_low: Annotated[Decimal | None, Figure("Saved, low, as a share", "signed_share")]
    saved_share_high: Annotated[Decimal | None, Figure("Saved, high, as a share", "signed_share")]
    saved_worst_usd: Annotated[Decimal, Figure("Saved if every unknown cost is at its bound", "signed_money")]
    control_cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request, control arm", "money")]
    routed_cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request, routed arm", "money")]
    cache_saving_usd: Annotated[Decimal, Figure("Saved by prompt caches", "signed_money")]
    cache_unpriced_calls: Annotated[int, Figure("Cached attempts without a price to compare with")]


@dataclass(frozen=True, slots=True)
class Projection:
    """The month of the week's last counted day, if every day of it cost as much as the days so far."""

    month: str
    days_in_month: Annotated[int, Figure("Days in the month")]
    days_counted: Annotated[int, Figure("Days of the week counted")]
    spent_usd: Annotated[Decimal | None, Figure("Spent", "money")]
    saved_low_usd: Annotated[Decimal | None, Figure("Saved, low", "signed_money")]
    saved_high_usd: Annotated[Decimal | None, Figure("Saved, high", "signed_money")]


@dataclass(frozen=True, slots=True)
class Fallbacks:
    requests: Annotated[int, Figure("Fallbacks: requests")]
    calls: Annotated[int, Figure("Fallbacks: attempts")]
    cost_usd: Annotated[Decimal, Figure("Fallbacks: cost", "money")]


@dataclass(frozen=True, slots=True)
class Failed:
    calls: Annotated[int, Figure("Failed attempts")]
    cost_usd: Annotated[Decimal, Figure("Failed attempts: cost", "money")]
    unknown_bound_usd: Annotated[Decimal, Figure("Failed attempts: unknown cost, at most", "money")]


@dataclass(frozen=True, slots=True)
class Unknown:
    calls: Annotated[int, Figure("Attempts of unknown cost in settled requests")]
    at_most_usd: Annotated[Decimal, Figure("Those, at most", "money")]


@dataclass(frozen=True, slots=True)
class Unsettled:
    open: Annotated[int, Figure("Requests still open")]
    abandoned: Annotated[int, Figure("Requests abandoned")]
    calls: Annotated[int, Figure("Attempts of unknown cost in these")]
    known_cost_usd: Annotated[Decimal, Figure("Known cost of these (included in every other figure)", "money")]
    at_most_usd: Annotated[Decimal, Figure("Unknown cost of these, at most", "money")]


def spent(sums: RequestSums) -> Spent:
    return Spent(
        requests=sums.requests,
        answered=sums.answered,
        calls=sums.calls,
        cost_usd=sums.cost,
        at_most_usd=plus(sums.cost, sums.unknown_bound),
        cost_per_request_usd=each(sums.cost, sums.requests),
        tokens=Tokens.of(sums),
        cache_read_share=share(sums.cache_read_tokens, sums.prompt_tokens),
    )


def baseline(totals: Totals, sums: RequestSums) -> Baseline:
    routed, control = totals.arms.get("routed"), totals.arms.get("control")
    return Baseline(
        low_usd=sums.baseline_low,
        high_usd=sums.baseline_high,
        spent_usd=sums.cost,
        saved_low_usd=sums.saved_low,
        saved_high_usd=sums.saved_high,
        saved_share_low=share(sums.saved_low, sums.baseline_low),
        saved_share_high=share(sums.saved_high, sums.baseline_high),
        saved_worst_usd=minus(sums.saved_low, sums.unknown_bound),
        control_cost_per_request_usd=each(control.priced_cost, control.priced),
        routed_cost_per_request_usd=each(routed.priced_cost, routed.priced),
        cache_saving_usd=totals.overall.cache_saving,
        cache_unpriced_calls=totals.overall.cache_unpriced_calls,
    )


def projection(sums: RequestSums, week: Week, through: date) -> Projection:
    counted = (through - week.monday).days + 1
    days = monthrange(through.year, through.month)[1]
    amounts = (each(amount * days, counted) for amount in (sums.cost, sums.saved_low, sums.saved_high))
    return Projection(f"{through:%Y-%m}", days, counted, *amounts)


def fallbacks(overall: Overall) -> Fallbacks:
    return Fallbacks(overall.fallback_requests, overall.fallback_calls, overall.fallback_cost)


def failed(overall: Overall) -> Failed:
    return Failed(overall.failed_calls, overall.failed_cost, overall.failed_bound)


def unknown(overall: Overall) -> Unknown:
    return Unknown(overall.unknown_calls, overall.unknown_bound)


def unsettled(overall: Overall) -> Unsettled:
    return Unsettled(
        overall.open, overall.abandoned, overall.unsettled_calls, overall.unsettled_cost, overall.unsettled_bound
    )
