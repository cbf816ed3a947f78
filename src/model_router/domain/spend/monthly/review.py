"""The monthly routing review: how each task did, which tier it belongs on, the change to the rules, and the models.

Rates are 0 to 1 with 95 % Wilson intervals; None means not known. `tasks` covers routed requests that were answered.
docs/report-fields.md lists every field.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from model_router.domain.catalog import Catalog
from model_router.domain.catalog_check import (
    Difference,
    NearRetirement,
    PriceChange,
    UpstreamModel,
    differences,
    near_retirement,
    not_in_catalog,
    price_changes,
)
from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet
from model_router.domain.spend.amounts import Rate, plus, rate, share
from model_router.domain.spend.figures import Figure
from model_router.domain.spend.monthly.task_review import TaskReview, review_tasks
from model_router.domain.spend.periods import Month
from model_router.domain.spend.totals.totals import Totals

REVIEWED_PARTS = ("overall", "days", "models", "quality", "first_calls", "control_calls")
"""The parts of the totals that the review needs. Clients and tags, nearly all of a large day, are not among them."""


@dataclass(frozen=True, slots=True)
class ReviewedRules:
    """The rules in force, parsed from `parameters` (name below the rules path → JSON text)."""

    rules: RuleSet
    parameters: Mapping[str, str]
    #: Whether no parameter is set, so that the packaged defaults apply.
    packaged: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the models API answered, or why it could not be asked."""

    models: Sequence[UpstreamModel] = ()
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The totals of a month, or of the part of it that is over, merged over `days` without the `missing` ones."""

    month: Month
    days: Sequence[date]
    missing: Sequence[date]
    totals: Totals

    @property
    def as_of(self) -> date:
        return self.days[-1] + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days up to `to`, and those whose totals are in the figures."""

    expected: Annotated[int, Figure("Days of the month")]
    counted: Annotated[int, Figure("Days counted")]
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Headline:
    requests: Annotated[int, Figure("Requests")]
    spent_usd: Annotated[Decimal, Figure("Spent", "money")]
    unknown_max_usd: Annotated[Decimal, Figure("Unknown, at most", "money")]
    baseline_usd: Annotated[Decimal, Figure("Baseline, low", "money")]
    baseline_high_usd: Annotated[Decimal, Figure("Baseline, high", "money")]
    saved_usd: Annotated[Decimal, Figure("Saved, low", "signed_money")]
    saved_high_usd: Annotated[Decimal, Figure("Saved, high", "signed_money")]
    saved_share: Annotated[Decimal | None, Figure("Saved, low, as a share", "signed_share")]
    escalation_rate: Annotated[Rate | None, Figure("Escalation rate", "share", with_value=True)]
    pass_rate: Annotated[Rate | None, Figure("Pass rate of first answers", "share", with_value=True)]
    unmatched_share: Annotated[Decimal | None, Figure("Requests that no rule matched, as a share", "share")]
    changes: Annotated[int, Figure("Changes of tier advised")]


@dataclass(frozen=True, slots=True)
class TierNow:
    tier: Annotated[str, Figure("Tier", "text")]
    model: Annotated[str, Figure("Model", "text")]


@dataclass(frozen=True, slots=True)
class RulesNow:
    """The rules in force when the review was made."""

    version: str
    packaged: bool
    tiers: list[TierNow]


@dataclass(frozen=True, slots=True)
class Unmatched:
    requests: Annotated[int, Figure("Requests that no rule matched")]
    of: Annotated[int, Figure("Of answered requests that pinned no model")]
    share: Annotated[Decimal | None, Figure("As a share", "share")]


@dataclass(frozen=True, slots=True)
class Models:
    """The models in use, and the catalog compared with the models API if that could be asked."""

    asked: bool
    why_not: str | None
    near_retirement: list[NearRetirement]
    differences: list[Difference]
    not_in_catalog: list[str]
    price_changes: list[PriceChange]
    catalog_date: Annotated[str, Figure("Catalog of", "day")]
    catalog_age_days: Annotated[int, Figure("Age of the catalog in days")]


@dataclass(frozen=True, slots=True)
class MonthlyReview:
    month: str
    from_: str
    to: str
    as_of: Annotated[str, Figure("Prices and dates as of", "day", "The day after `to`.")]
    simulated: Annotated[bool, Figure("Simulated", "flag", "Whether a stand-in for Claude answered any request.")]
    days: Days
    headline: Headline
    rules: RulesNow
    tasks: list[TaskReview]
    unmatched: Unmatched
    models: Models


def monthly_review(counted: Counted, ruled: ReviewedRules, catalog: Catalog, upstream: Upstream) -> MonthlyReview:
    """The review. `catalog` includes the model cards of the rules."""
    totals, as_of = counted.totals, counted.as_of
    tasks = review_tasks(totals, ruled.rules, ruled.parameters, catalog, as_of)
    unmatched = _unmatched(totals)
    return MonthlyReview(
        month=str(counted.month),
        from_=counted.days[0].isoformat(),
        to=counted.days[-1].isoformat(),
        as_of=as_of.isoformat(),
        simulated=totals.overall.simulated > 0,
        days=Days(
            expected=len(counted.days),
            counted=len(counted.days) - len(counted.missing),
            missing=[day.isoformat() for day in counted.missing],
        ),
        headline=_headline(totals, unmatched, sum(task.change is not None for task in tasks)),
        rules=RulesNow(
            ruled.rules.version, ruled.packaged, [TierNow(tier.name, tier.model) for tier in ruled.rules.tiers.tiers]
        ),
        tasks=tasks,
        unmatched=unmatched,
        models=_models(counted, ruled.rules, catalog, upstream),
    )


def _headline(totals: Totals, unmatched: Unmatched, changes: int) -> Headline:
    sums, quality = totals.days.total(), totals.quality.total()
    return Headline(
        requests=sums.requests,
        spent_usd=sums.cost,
        unknown_max_usd=plus(totals.overall.unknown_bound, totals.overall.unsettled_bound),
        baseline_usd=sums.baseline_low,
        baseline_high_usd=sums.baseline_high,
        saved_usd=sums.saved_low,
        saved_high_usd=sums.saved_high,
        saved_share=share(sums.saved_low, sums.baseline_low),
        escalation_rate=rate(quality.escalated, quality.eligible),
        pass_rate=rate(quality.passed, quality.checked),
        unmatched_share=unmatched.share,
        changes=changes,
    )


def _unmatched(totals: Totals) -> Unmatched:
    """Of answered requests without the pinned ones, for which no rule is looked up."""
    total = number = 0
    for groups in (totals.first_calls, totals.control_calls):
        for name, sums in groups.items():
            total += sums.requests
            number += sums.requests if name.rpartition(" ")[0] == DEFAULT_TASK else 0
    return Unmatched(number, total, share(number, total))


def _models(counted: Counted, rules: RuleSet, catalog: Catalog, upstream: Upstream) -> Models:
    used = [tier.model for tier in rules.tiers.tiers] + [model for model, _ in counted.totals.models.items()]
    asked = upstream.why_not is None
    return Models(
        asked=asked,
        why_not=upstream.why_not,
        near_retirement=near_retirement(catalog, used, upstream.models, counted.as_of),
        differences=differences(catalog, upstream.models) if asked else [],
        not_in_catalog=not_in_catalog(catalog, upstream.models),
        price_changes=price_changes(catalog, counted.days[0], counted.as_of),
        catalog_date=catalog.date.isoformat(),
        catalog_age_days=(counted.as_of - catalog.date).days,
    )
