"""A task's month: how many, how good, what each cost, and what its other tiers would have cost."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.routing.rules import RuleSet
from model_router.domain.spend.amounts import ZERO, each, minus, plus, tidied, times
from model_router.domain.spend.intervals import wilson
from model_router.domain.spend.monthly.rule_changes import tier_change, tier_of_task
from model_router.domain.spend.monthly.tier_advice import advise
from model_router.domain.spend.monthly.tier_options import TierOption, first_calls, rate_json, tier_options
from model_router.domain.spend.totals.totals import Totals


def review_tasks(
    totals: Totals, rules: RuleSet, parameters: Mapping[str, str], catalog: Catalog, day: date
) -> list[dict[str, object]]:
    """Every task that had routed answers, by what was spent on it. `parameters` are those that `rules` were read of."""
    names = {name.rpartition(" ")[0] for name, _ in totals.first_calls.items()}
    reviews = []
    for task in sorted(names):
        present = tier_of_task(rules, task)
        told = _facts(totals, task)
        if present is None:
            reviews.append({**told, "tier": None, **_GONE})
            continue
        options = tier_options(totals, rules, catalog, task, present, day)
        reviews.append({**told, "tier": present, **_judged(totals, parameters, task, options)})
    return sorted(reviews, key=lambda told: (-_amount(told["spent_usd"]), str(told["task"])))


def _facts(totals: Totals, task: str) -> dict[str, object]:
    """What was measured, whichever tier answered first."""
    quality = totals.quality.get(task)
    requests, spent = 0, ZERO
    for name, sums in totals.first_calls.items():
        if name.rpartition(" ")[0] == task:
            requests, spent = requests + sums.requests, plus(spent, sums.request_cost)
    return {
        "task": task,
        "requests": requests,
        "spent_usd": tidied(spent),
        "cost_per_request_usd": each(spent, requests),
        "pass_rate": rate_json(wilson(quality.passed, quality.checked), quality.checked),
        "escalation_rate": rate_json(wilson(quality.escalated, quality.eligible), quality.eligible),
        "wasted_usd": tidied(quality.wasted),
    }


def _judged(
    totals: Totals, parameters: Mapping[str, str], task: str, options: Sequence[TierOption]
) -> dict[str, object]:
    advice = advise(options)
    present = next(option for option in options if option.steps == 0)
    chosen = next(option for option in options if option.tier == advice.tier)
    moved = chosen.tier != present.tier
    number = first_calls(totals, task, present.tier).requests
    return {
        "tiers": [option.to_json() for option in options],
        "cheapest_within_5_percent": advice.cheapest_good,
        "break_even_escalation_rate": advice.break_even,
        "verdict": advice.verdict,
        "why": advice.why,
        "expected_saving_usd": _saving(present, chosen, number) if moved else None,
        "change": tier_change(parameters, task, chosen.tier) if moved else None,
    }


def _saving(present: TierOption, chosen: TierOption, number: int) -> Decimal | None:
    """What the month would have cost less; negative: more."""
    if present.expected_cost is None or chosen.expected_cost is None:
        return None
    return tidied(times(minus(present.expected_cost, chosen.expected_cost), Decimal(number)))


def _amount(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO


_GONE: Mapping[str, object] = {
    "tiers": [],
    "cheapest_within_5_percent": None,
    "break_even_escalation_rate": None,
    "verdict": "keep",
    "why": "the rules do not have this task any more",
    "expected_saving_usd": None,
    "change": None,
}
