"""The monthly routing review as JSON: per task how it did, which tier it belongs on, and the change; and the models.

    month, from, to, as_of, simulated       as_of is the day after `to`: prices and dates are looked at from there
    days        {expected, counted, missing[]}        days up to `to` whose totals were there
    headline    {requests, spent_usd, unknown_max_usd, baseline_usd, baseline_high_usd, saved_usd, saved_high_usd,
                 saved_share, escalation_rate {value, low, high, n}, pass_rate {…}, unmatched_share, changes}
    rules       {version, tiers[{tier, model}], packaged}   those in force when the review was made
    tasks[]     task, tier, requests, spent_usd, cost_per_request_usd, wasted_usd, pass_rate, escalation_rate,
                tiers[{tier, model, steps, call_cost_usd, escalation_rate, escalation_basis, expected_cost_usd,
                pass_rate, measured}], cheapest_within_5_percent, break_even_escalation_rate, verdict, why,
                expected_saving_usd, change {parameter, file, tier, text}
    unmatched   {requests, of, share}                 what no rule matched, of the answered, unpinned requests
    models      {asked, why_not, near_retirement[], differences[], not_in_catalog[], price_changes[], catalog_date,
                 catalog_age_days}

Rates are 0 to 1 with 95 % Wilson intervals; null is: not known. Only routed requests that were answered are in `tasks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from model_router.domain.catalog import Catalog
from model_router.domain.catalog_check import (
    UpstreamModel,
    differences,
    near_retirement,
    not_in_catalog,
    price_changes,
)
from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet
from model_router.domain.spend.amounts import minus, plus, share, tidied
from model_router.domain.spend.intervals import wilson
from model_router.domain.spend.monthly.months import Month
from model_router.domain.spend.monthly.task_review import review_tasks
from model_router.domain.spend.monthly.tier_options import rate_json
from model_router.domain.spend.totals.quality_sums import QualitySums
from model_router.domain.spend.totals.totals import Totals

REVIEWED_PARTS = ("overall", "days", "models", "quality", "first_calls", "control_calls")
"""What of the totals the review speaks of. Clients and tags, nearly all of a large day, are not."""


@dataclass(frozen=True, slots=True)
class ReviewedRules:
    """The rules in force: read from `parameters` (name below the rules path → JSON text)."""

    rules: RuleSet
    parameters: Mapping[str, str]
    #: Whether no parameter was set, so that the packaged defaults serve.
    packaged: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the models API said; `why_not` where it could not be asked."""

    models: Sequence[UpstreamModel] = ()
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """The totals of a month, or of as much of it as is over: merged over `days` without the `missing`."""

    month: Month
    days: Sequence[date]
    missing: Sequence[date]
    totals: Totals

    @property
    def as_of(self) -> date:
        return self.days[-1] + timedelta(days=1)


def monthly_review(counted: Counted, ruled: ReviewedRules, catalog: Catalog, upstream: Upstream) -> dict[str, object]:
    """The review. `catalog` is the one that the rules' own cards are in."""
    totals, as_of = counted.totals, counted.as_of
    tasks = review_tasks(totals, ruled.rules, ruled.parameters, catalog, as_of)
    unmatched = _unmatched(totals)
    return {
        "month": str(counted.month),
        "from": counted.days[0].isoformat(),
        "to": counted.days[-1].isoformat(),
        "as_of": as_of.isoformat(),
        "simulated": totals.overall.simulated > 0,
        "days": {
            "expected": len(counted.days),
            "counted": len(counted.days) - len(counted.missing),
            "missing": [day.isoformat() for day in counted.missing],
        },
        "headline": {
            **_headline(totals),
            "unmatched_share": unmatched["share"],
            "changes": sum(task["change"] is not None for task in tasks),
        },
        "rules": {
            "version": ruled.rules.version,
            "packaged": ruled.packaged,
            "tiers": [{"tier": tier.name, "model": tier.model} for tier in ruled.rules.tiers.tiers],
        },
        "tasks": tasks,
        "unmatched": unmatched,
        "models": _models(counted, ruled.rules, catalog, upstream),
    }


def _headline(totals: Totals) -> dict[str, object]:
    whole = totals.days.whole()
    saved = minus(whole.baseline_low, whole.cost)
    quality: QualitySums = totals.quality.whole()
    return {
        "requests": whole.requests,
        "spent_usd": tidied(whole.cost),
        "unknown_max_usd": tidied(plus(totals.overall.unknown_bound, totals.overall.unsettled_bound)),
        "baseline_usd": tidied(whole.baseline_low),
        "baseline_high_usd": tidied(whole.baseline_high),
        "saved_usd": tidied(saved),
        "saved_high_usd": tidied(minus(whole.baseline_high, whole.cost)),
        "saved_share": share(saved, whole.baseline_low),
        "escalation_rate": rate_json(wilson(quality.escalated, quality.eligible), quality.eligible),
        "pass_rate": rate_json(wilson(quality.passed, quality.checked), quality.checked),
    }


def _unmatched(totals: Totals) -> dict[str, object]:
    """Of answered requests, without the pinned, which no rule is asked about."""
    of = number = 0
    for groups in (totals.first_calls, totals.control_calls):
        for name, sums in groups.items():
            of += sums.requests
            number += sums.requests if name.rpartition(" ")[0] == DEFAULT_TASK else 0
    return {"requests": number, "of": of, "share": share(number, of)}


def _models(counted: Counted, rules: RuleSet, catalog: Catalog, upstream: Upstream) -> dict[str, object]:
    used = [tier.model for tier in rules.tiers.tiers] + [model for model, _ in counted.totals.models.items()]
    asked = upstream.why_not is None
    return {
        "asked": asked,
        "why_not": upstream.why_not,
        "near_retirement": near_retirement(catalog, used, upstream.models, counted.as_of),
        "differences": differences(catalog, upstream.models) if asked else [],
        "not_in_catalog": not_in_catalog(catalog, upstream.models),
        "price_changes": price_changes(catalog, counted.days[0], counted.as_of),
        "catalog_date": catalog.date.isoformat(),
        "catalog_age_days": (counted.as_of - catalog.date).days,
    }
