"""A task's month: how many requests, how good, what they cost, and what its other tiers would have cost."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated

from model_router.domain.catalog import Catalog
from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet
from model_router.domain.spend.amounts import ZERO, Rate, each, minus, plus, rate, times
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.monthly.tier_advice import advise
from model_router.domain.spend.monthly.tier_options import TierOption, first_answers, tier_options
from model_router.domain.spend.totals.totals import Totals


@dataclass(frozen=True, slots=True)
class TierChange:
    """`parameter` is its name below the rules path, `file` its path in a rules folder, `text` the file's content."""

    parameter: str
    file: str
    tier: Annotated[str, Figure("Tier advised", "text")]
    text: str


def tier_of_task(rules: RuleSet, task: str) -> str | None:
    """The tier that the rules give a task, or None if they do not have the task."""
    rule = rules.tasks.get(task)
    if rule is not None:
        return rule.tier
    return rules.routing.default_tier if task == DEFAULT_TASK else None


def tier_change(parameters: Mapping[str, str], task: str, tier: str) -> TierChange:
    """The change of one task. Requests that no rule matched get their tier from `default_tier` of `routing`."""
    parameter, field = (f"tasks/{task}", "tier") if f"tasks/{task}" in parameters else ("routing", "default_tier")
    changed = {**json.loads(parameters[parameter]), field: tier}
    return TierChange(parameter, f"{parameter}.json", tier, json.dumps(changed, indent=2, ensure_ascii=False) + "\n")


@dataclass(frozen=True, slots=True)
class TaskMeasures:
    """What was measured, whichever tier answered first."""

    task: Annotated[str, Figure("Task", "text")]
    requests: Annotated[int, Figure("Requests")]
    spent_usd: Annotated[Decimal, Figure("Spent", "money")]
    cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]
    pass_rate: Annotated[Rate | None, Figure("Pass rate of first answers", "share", with_value=True)]
    escalation_rate: Annotated[Rate | None, Figure("Escalation rate", "share", with_value=True)]
    wasted_usd: Annotated[Decimal, Figure("Cost of replaced answers", "money")]


@dataclass(frozen=True, slots=True)
class TaskReview:
    measures: Annotated[TaskMeasures, INLINE]
    tier: Annotated[str | None, Figure("Tier", "text", "None if the rules no longer have the task.")]
    tiers: Sequence[TierOption] = ()
    cheapest_within_5_percent: Annotated[str | None, Figure("Cheapest within 5% of quality", "text")] = None
    break_even_escalation_rate: Annotated[Decimal | None, Figure("Tier below pays up to escalations of", "share")] = (
        None
    )
    verdict: Annotated[str, Figure("Advice", "text", "keep, lower, raise, try lower or measure.")] = "keep"
    why: Annotated[str, Figure("Why", "sentence")] = "the rules no longer have this task"
    expected_saving_usd: Annotated[
        Decimal | None, Figure("Saves in a month", "signed_money", "What this month would have cost less.")
    ] = None
    change: TierChange | None = None


def review_tasks(
    totals: Totals, rules: RuleSet, parameters: Mapping[str, str], catalog: Catalog, day: date
) -> list[TaskReview]:
    """Every task that had routed answers, most expensive first. `rules` were parsed from `parameters`."""
    reviews = []
    for task in {name.rpartition(" ")[0] for name, _ in totals.first_calls.items()}:
        measures, present = _measures(totals, task), tier_of_task(rules, task)
        if present is None:
            reviews.append(TaskReview(measures, None))
            continue
        options = tier_options(totals, rules, catalog, task, present, day)
        reviews.append(_judged(measures, totals, parameters, options))
    return sorted(reviews, key=lambda review: (-review.measures.spent_usd, review.measures.task))


def _measures(totals: Totals, task: str) -> TaskMeasures:
    quality = totals.quality.get(task)
    requests, spent = 0, ZERO
    for name, sums in totals.first_calls.items():
        if name.rpartition(" ")[0] == task:
            requests, spent = requests + sums.requests, plus(spent, sums.request_cost)
    return TaskMeasures(
        task=task,
        requests=requests,
        spent_usd=spent,
        cost_per_request_usd=each(spent, requests),
        pass_rate=rate(quality.passed, quality.checked),
        escalation_rate=rate(quality.escalated, quality.eligible),
        wasted_usd=quality.wasted,
    )


def _judged(
    measures: TaskMeasures, totals: Totals, parameters: Mapping[str, str], options: Sequence[TierOption]
) -> TaskReview:
    advice = advise(options)
    present = next(option for option in options if option.steps == 0)
    chosen = next(option for option in options if option.tier == advice.tier)
    moved = chosen.tier != present.tier
    number = first_answers(totals, measures.task, present.tier).requests
    return TaskReview(
        measures=measures,
        tier=present.tier,
        tiers=options,
        cheapest_within_5_percent=advice.cheapest_good,
        break_even_escalation_rate=advice.break_even,
        verdict=advice.verdict,
        why=advice.why,
        expected_saving_usd=_saving(present, chosen, number) if moved else None,
        change=tier_change(parameters, measures.task, chosen.tier) if moved else None,
    )


def _saving(present: TierOption, chosen: TierOption, number: int) -> Decimal | None:
    """What the month would have cost less; negative if more."""
    if present.expected_cost_usd is None or chosen.expected_cost_usd is None:
        return None
    return times(minus(present.expected_cost_usd, chosen.expected_cost_usd), Decimal(number))
