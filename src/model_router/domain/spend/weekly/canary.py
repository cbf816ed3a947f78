"""Whether the routed arm may get more of the traffic: routed against control, each difference with its 95 % interval.

    roll back   quality is worse by more than 5 points at the very least, or a request costs more, beyond doubt
    raise       a request costs less and quality is not worse by more than 5 points, both beyond doubt
    hold        anything else: too few requests, or the figures do not say yet

Latency is shown and holds a raise where a routed request takes longer by more than a fifth, beyond doubt.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from model_router.domain.spend.amounts import each, rounded, share, tidied
from model_router.domain.spend.intervals import (
    Interval,
    Sample,
    mean_difference,
    mean_interval,
    share_difference,
    wilson,
)
from model_router.domain.spend.totals.quality_sums import ArmSums

MIN_REQUESTS = 50
"""Of each arm, with a known cost and, for quality, with a checked answer."""
QUALITY_MARGIN = Decimal("0.05")
LATENCY_MARGIN = Decimal("0.2")

Verdict = Literal["raise", "hold", "roll back"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, the figure that decided (cost, quality, latency, requests), and why in words."""

    verdict: Verdict
    figure: str
    why: str


def canary(routed: ArmSums, control: ArmSums, pinned: ArmSums) -> dict[str, object]:
    """The report's section: arms, differences (routed less control), verdict."""
    cost = mean_difference(_costs(routed), _costs(control))
    quality = _quality_difference(routed, control)
    latency = mean_difference(_times(routed), _times(control))
    judged = judge(routed, control)
    return {
        "arms": [_arm(name, arm) for name, arm in (("routed", routed), ("control", control), ("pinned", pinned))],
        "differences": {
            "cost_per_request_usd": _money_interval(cost),
            "quality": quality.to_json() if quality else None,
            "latency_ms": latency.to_json() if latency else None,
        },
        "verdict": judged.verdict,
        "decided_by": judged.figure,
        "why": judged.why,
        "min_requests": MIN_REQUESTS,
        "quality_margin": QUALITY_MARGIN,
        "latency_margin": LATENCY_MARGIN,
    }


def judge(routed: ArmSums, control: ArmSums) -> Judged:
    """The verdict alone."""
    if not control.requests:
        return Judged("hold", "requests", "There is no control traffic to compare with: everything is routed already.")
    few = min(routed.priced, control.priced)
    if few < MIN_REQUESTS:
        return Judged("hold", "requests", f"Each arm needs {MIN_REQUESTS} requests of known cost; one has {few}.")
    cost = mean_difference(_costs(routed), _costs(control))
    quality = _quality_difference(routed, control)
    if quality is not None and quality.high < -QUALITY_MARGIN:
        return Judged("roll back", "quality", f"Quality is {_points(quality)}: worse beyond doubt.")
    if cost is not None and cost.low > 0:
        return Judged("roll back", "cost", "A routed request costs more than a control request, beyond doubt.")
    if quality is None:
        return Judged("hold", "quality", f"Fewer than {MIN_REQUESTS} checked answers in an arm: quality is not known.")
    if quality.low < -QUALITY_MARGIN:
        return Judged("hold", "quality", f"Quality is {_points(quality)}: a loss of over 5 points cannot be ruled out.")
    if cost is None or cost.high >= 0:
        return Judged("hold", "cost", "It is not certain yet that a routed request costs less.")
    if _slower(routed, control):
        return Judged("hold", "latency", "A routed request takes longer by more than a fifth, beyond doubt.")
    return Judged("raise", "cost", f"A routed request costs less beyond doubt, and quality is {_points(quality)}.")


def _slower(routed: ArmSums, control: ArmSums) -> bool:
    latency = mean_difference(_times(routed), _times(control))
    return latency is not None and latency.low > LATENCY_MARGIN * _times(control).mean


def _quality_difference(routed: ArmSums, control: ArmSums) -> Interval | None:
    """Of the share of served answers that passed their checks; None where either arm has too few of them."""
    if min(routed.served_checked, control.served_checked) < MIN_REQUESTS:
        return None
    ours = wilson(routed.served_passed, routed.served_checked)
    theirs = wilson(control.served_passed, control.served_checked)
    return share_difference(ours, theirs) if ours and theirs else None


def _points(quality: Interval) -> str:
    percent = [f"{rounded(part * 100):+.1f}" for part in (quality.value, quality.low, quality.high)]
    return f"{percent[0]} points against control (95 % between {percent[1]} and {percent[2]})"


def _arm(name: str, arm: ArmSums) -> dict[str, object]:
    cost, latency = mean_interval(_costs(arm)), mean_interval(_times(arm))
    quality = wilson(arm.served_passed, arm.served_checked)
    feedback = mean_interval(Sample(arm.feedback, arm.score, arm.score_squares))
    return {
        "arm": name,
        "requests": arm.requests,
        "answered": arm.answered,
        "cost_usd": tidied(arm.cost),
        "priced_requests": arm.priced,
        "cost_per_request_usd": _money_interval(cost.within(0) if cost else None),
        "mean_cost_per_request_usd": each(arm.priced_cost, arm.priced),
        "checked": arm.served_checked,
        "passed": arm.served_passed,
        "pass_rate": share(arm.served_passed, arm.served_checked),
        "quality": quality.to_json() if quality else None,
        "latency_ms": latency.within(0).to_json() if latency else None,
        "feedback_count": arm.feedback,
        "feedback": feedback.within(0, 1).to_json() if feedback else None,
    }


def _costs(arm: ArmSums) -> Sample:
    return Sample(arm.priced, arm.priced_cost, arm.priced_squares)


def _times(arm: ArmSums) -> Sample:
    return Sample(arm.timed, Decimal(arm.milliseconds), Decimal(arm.milliseconds_squares))


def _money_interval(found: Interval | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {name: each(getattr(found, name), 1) for name in ("value", "low", "high")}
