"""The report's sections on escalations, quality and latency. The keys are told in report.py."""

from decimal import Decimal

from model_router.domain.spend.amounts import minus, rounded, share, tidied
from model_router.domain.spend.intervals import Sample, mean_interval, wilson
from model_router.domain.spend.totals.latency import Latencies
from model_router.domain.spend.totals.quality_sums import QualitySums
from model_router.domain.spend.totals.totals import Totals

ESCALATION_TARGET = Decimal("0.05")
QUALITY_DROP = Decimal("0.05")
"""A drop of the pass rate by more than this against the week before is flagged."""
LATENCY_ERROR = Decimal("0.01")


def escalations(totals: Totals) -> dict[str, object]:
    """Of the routed requests that were answered; what escalating cost, and what the replaced answers had cost."""
    whole, overall = totals.quality.whole(), totals.overall
    rate = share(whole.escalated, whole.eligible)
    return {
        "rate": rate,
        "target": ESCALATION_TARGET,
        "over_target": rate is not None and rate > ESCALATION_TARGET,
        "eligible": whole.eligible,
        "escalated": whole.escalated,
        "calls": overall.escalation_calls,
        "cost_usd": tidied(overall.escalation_cost),
        "wasted_usd": tidied(overall.wasted),
        "by_task": [_escalations_of(task, sums) for task, sums in _most_first(totals)],
    }


def quality(this: Totals, last: Totals) -> dict[str, object]:
    """The share of first answers that passed their checks, and callers' feedback: routed requests only."""
    whole = this.quality.whole()
    return {
        "checked": whole.checked,
        "passed": whole.passed,
        "pass_rate": share(whole.passed, whole.checked),
        "interval": _wilson(whole.passed, whole.checked),
        "by_task": [_quality_of(task, sums, last.quality.get(task)) for task, sums in _most_first(this)],
    }


def latency(totals: Totals) -> dict[str, object]:
    return {
        "by_tier": [{"tier": name, **_percentiles("calls", sums.latency)} for name, sums in totals.tiers.items()],
        "request": _percentiles("requests", totals.overall.request_latency),
        "overhead": _percentiles("requests", totals.overall.overhead),
        "error_share": LATENCY_ERROR,
    }


def pass_rate_change(now: QualitySums, before: QualitySums) -> Decimal | None:
    """The change of the pass rate of first answers; None where either week checked nothing."""
    if not now.checked or not before.checked:
        return None
    return minus(Decimal(now.passed) / now.checked, Decimal(before.passed) / before.checked)


def _escalations_of(task: str, sums: QualitySums) -> dict[str, object]:
    rate = share(sums.escalated, sums.eligible)
    return {
        "task": task,
        "eligible": sums.eligible,
        "escalated": sums.escalated,
        "rate": rate,
        "interval": _wilson(sums.escalated, sums.eligible),
        "over_target": rate is not None and rate > ESCALATION_TARGET,
        "cost_usd": tidied(sums.escalation_cost),
        "wasted_usd": tidied(sums.wasted),
    }


def _quality_of(task: str, sums: QualitySums, before: QualitySums) -> dict[str, object]:
    change = pass_rate_change(sums, before)
    feedback = mean_interval(Sample(sums.feedback, sums.score, sums.score_squares))
    return {
        "task": task,
        "checked": sums.checked,
        "passed": sums.passed,
        "pass_rate": share(sums.passed, sums.checked),
        "interval": _wilson(sums.passed, sums.checked),
        "last_week": share(before.passed, before.checked),
        "change": rounded(change) if change is not None else None,
        "flagged": change is not None and change < -QUALITY_DROP,
        "served_checked": sums.served_checked,
        "served_passed": sums.served_passed,
        "served_pass_rate": share(sums.served_passed, sums.served_checked),
        "feedback_count": sums.feedback,
        "feedback": share(sums.score, sums.feedback),
        "feedback_interval": feedback.within(0, 1).to_json() if feedback else None,
    }


def _most_first(totals: Totals) -> list[tuple[str, QualitySums]]:
    return sorted(totals.quality.items(), key=lambda item: (-item[1].eligible, item[0]))


def _percentiles(what: str, found: Latencies) -> dict[str, object]:
    return {what: found.count, "p50_ms": found.percentile(50), "p95_ms": found.percentile(95)}


def _wilson(passed: int, number: int) -> dict[str, object] | None:
    found = wilson(passed, number)
    return found.to_json() if found else None
