"""The weekly report on escalations, quality and latency; and whether the answers to a task got worse.

CloudWatch cannot compare seven days with the seven before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from model_router.domain.spend.amounts import ZERO, Interval, Sample, mean_interval, minus, rounded, share, wilson
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.totals.latency import Latencies
from model_router.domain.spend.totals.sums import QualitySums
from model_router.domain.spend.totals.totals import Totals

ESCALATION_TARGET = Decimal("0.05")
QUALITY_DROP = Decimal("0.05")
"""A pass rate that drops by more than this from one week to the next is flagged."""
LATENCY_ERROR = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class TaskEscalations:
    task: Annotated[str, Figure("Task", "text")]
    eligible: Annotated[int, Figure("Eligible", meaning="Routed requests that were answered.")]
    escalated: Annotated[int, Figure("Escalated")]
    rate: Annotated[Decimal | None, Figure("Rate", "share")]
    interval: Annotated[Interval | None, Figure("95% interval", "share")]
    over_target: Annotated[bool, Figure("Verdict", "alert", words=("over target", "within target"))]
    cost_usd: Annotated[Decimal, Figure("Cost of escalating", "money")]
    wasted_usd: Annotated[Decimal, Figure("Cost of replaced answers", "money")]


@dataclass(frozen=True, slots=True)
class Escalations:
    """Of routed requests that were answered."""

    rate: Annotated[Decimal | None, Figure("Escalation rate", "share")]
    target: Annotated[Decimal, Figure("Target for the rate, at most", "share")]
    over_target: bool
    eligible: Annotated[int, Figure("Requests that could escalate (routed and answered)")]
    escalated: Annotated[int, Figure("Requests that escalated")]
    calls: Annotated[int, Figure("Escalations: attempts")]
    cost_usd: Annotated[Decimal, Figure("Escalations: cost", "money")]
    wasted_usd: Annotated[Decimal, Figure("Cost of answers that an escalation replaced", "money")]
    by_task: list[TaskEscalations]


@dataclass(frozen=True, slots=True)
class TaskQuality:
    task: Annotated[str, Figure("Task", "text")]
    checked: Annotated[int, Figure("Checked", meaning="First answers that validators checked.")]
    passed: Annotated[int, Figure("Passed")]
    pass_rate: Annotated[Decimal | None, Figure("First-answer pass rate", "share")]
    interval: Annotated[Interval | None, Figure("95% interval", "share")]
    last_week: Annotated[Decimal | None, Figure("Last week", "share")]
    change: Annotated[Decimal | None, Figure("Change", "points")]
    flagged: Annotated[bool, Figure("Verdict", "alert", words=("dropped, review it", "no drop"))]
    served_checked: Annotated[int, Figure("Served: checked", meaning="Served answers are those that callers got.")]
    served_passed: Annotated[int, Figure("Served: passed")]
    served_pass_rate: Annotated[Decimal | None, Figure("Served: pass rate", "share")]
    feedback_count: Annotated[int, Figure("Feedback")]
    feedback: Annotated[Decimal | None, Figure("Mean score, 0 to 1", "score")]
    feedback_interval: Annotated[Interval | None, Figure("95% interval of the score", "score")]


@dataclass(frozen=True, slots=True)
class Quality:
    """First answers that passed their checks, and callers' feedback; of routed requests only."""

    checked: Annotated[int, Figure("First answers checked")]
    passed: Annotated[int, Figure("Passed")]
    pass_rate: Annotated[Decimal | None, Figure("Pass rate", "share")]
    interval: Annotated[Interval | None, Figure("95% interval", "share")]
    by_task: list[TaskQuality]


@dataclass(frozen=True, slots=True)
class Percentiles:
    p50_ms: Annotated[int | None, Figure("Median", "milliseconds")]
    p95_ms: Annotated[int | None, Figure("p95", "milliseconds")]

    @classmethod
    def of(cls, latencies: Latencies) -> "Percentiles":
        return cls(latencies.percentile(50), latencies.percentile(95))


@dataclass(frozen=True, slots=True)
class TierLatency:
    tier: Annotated[str, Figure("Tier", "text")]
    calls: Annotated[int, Figure("Attempts measured")]
    percentiles: Annotated[Percentiles, INLINE]


@dataclass(frozen=True, slots=True)
class RequestLatency:
    requests: Annotated[int, Figure("Requests measured")]
    percentiles: Annotated[Percentiles, INLINE]

    @classmethod
    def of(cls, latencies: Latencies) -> "RequestLatency":
        return cls(latencies.count, Percentiles.of(latencies))


@dataclass(frozen=True, slots=True)
class Latency:
    by_tier: list[TierLatency]
    request: RequestLatency
    overhead: RequestLatency
    error_share: Annotated[Decimal, Figure("Error of a percentile, at most", "share")]


def escalations(totals: Totals) -> Escalations:
    sums, overall = totals.quality.total(), totals.overall
    rate = share(sums.escalated, sums.eligible)
    return Escalations(
        rate=rate,
        target=ESCALATION_TARGET,
        over_target=over_target(rate),
        eligible=sums.eligible,
        escalated=sums.escalated,
        calls=overall.escalation_calls,
        cost_usd=overall.escalation_cost,
        wasted_usd=overall.wasted,
        by_task=[_escalations_of(task, sums) for task, sums in _busiest_first(totals)],
    )


def quality(this: Totals, last: Totals) -> Quality:
    sums = this.quality.total()
    return Quality(
        checked=sums.checked,
        passed=sums.passed,
        pass_rate=share(sums.passed, sums.checked),
        interval=wilson(sums.passed, sums.checked),
        by_task=[_quality_of(task, sums, last.quality.get(task)) for task, sums in _busiest_first(this)],
    )


def latency(totals: Totals) -> Latency:
    return Latency(
        by_tier=[
            TierLatency(name, sums.latency.count, Percentiles.of(sums.latency)) for name, sums in totals.tiers.items()
        ],
        request=RequestLatency.of(totals.overall.request_latency),
        overhead=RequestLatency.of(totals.overall.overhead),
        error_share=LATENCY_ERROR,
    )


def pass_rate_change(now: QualitySums, before: QualitySums) -> Decimal | None:
    """The change of the pass rate of first answers, or None where either week checked nothing."""
    if not now.checked or not before.checked:
        return None
    return minus(Decimal(now.passed) / now.checked, Decimal(before.passed) / before.checked)


def _escalations_of(task: str, sums: QualitySums) -> TaskEscalations:
    rate = share(sums.escalated, sums.eligible)
    return TaskEscalations(
        task=task,
        eligible=sums.eligible,
        escalated=sums.escalated,
        rate=rate,
        interval=wilson(sums.escalated, sums.eligible),
        over_target=over_target(rate),
        cost_usd=sums.escalation_cost,
        wasted_usd=sums.wasted,
    )


def over_target(rate: Decimal | None) -> bool:
    return rate is not None and rate > ESCALATION_TARGET


def _quality_of(task: str, sums: QualitySums, before: QualitySums) -> TaskQuality:
    change = pass_rate_change(sums, before)
    feedback = mean_interval(Sample(sums.feedback, sums.score, sums.score_squares))
    return TaskQuality(
        task=task,
        checked=sums.checked,
        passed=sums.passed,
        pass_rate=share(sums.passed, sums.checked),
        interval=wilson(sums.passed, sums.checked),
        last_week=share(before.passed, before.checked),
        change=rounded(change) if change is not None else None,
        flagged=change is not None and change < -QUALITY_DROP,
        served_checked=sums.served_checked,
        served_passed=sums.served_passed,
        served_pass_rate=share(sums.served_passed, sums.served_checked),
        feedback_count=sums.feedback,
        feedback=share(sums.score, sums.feedback),
        feedback_interval=feedback.within(0, 1) if feedback else None,
    )


def _busiest_first(totals: Totals) -> list[tuple[str, QualitySums]]:
    return sorted(totals.quality.items(), key=lambda item: (-item[1].eligible, item[0]))


MIN_CHECKED = 50
"""Checked first answers that each of the two weeks needs: with fewer, a drop may be chance."""

JUDGED_PARTS = ("quality",)
"""The parts of the totals that a drop is computed from."""


def quality_drops(now: Totals, before: Totals) -> Mapping[str, Decimal]:
    """Task → points by which its pass rate of first answers fell, or 0. Tasks with too few answers are left out."""
    drops = {}
    for task, sums in now.quality.items():
        earlier = before.quality.get(task)
        change = pass_rate_change(sums, earlier)
        if change is not None and min(sums.checked, earlier.checked) >= MIN_CHECKED:
            drops[task] = max(ZERO, rounded(-100 * change))
    return drops
