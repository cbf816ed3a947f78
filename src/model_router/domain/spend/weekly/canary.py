"""Whether the routed arm may get more traffic: routed compared with control, each difference with its 95 % interval.

A difference is certain if its whole interval says so.

    roll back   quality is certainly worse by more than 5 points, or a request certainly costs more
    raise       a request certainly costs less, and quality is certainly not worse by more than 5 points
    hold        anything else, too few requests included

A raise is held back if a routed request certainly takes more than a fifth longer.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from model_router.domain.spend.amounts import (
    Interval,
    Sample,
    each,
    mean_difference,
    mean_interval,
    rounded,
    share,
    share_difference,
    wilson,
)
from model_router.domain.spend.figures import Figure, Unit
from model_router.domain.spend.totals.sums import ArmSums

MIN_REQUESTS = 50
"""That each arm needs, with a known cost and, for quality, with a checked answer."""
QUALITY_MARGIN = Decimal("0.05")
LATENCY_MARGIN = Decimal("0.2")

Verdict = Literal["raise", "hold", "roll back"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict, the figure that decided (cost, quality, latency, requests), and a sentence that says why."""

    verdict: Verdict
    figure: str
    why: str


def _mean(heading: str, unit: Unit) -> Figure:
    return Figure(f"{heading} (95% interval)", unit, with_value=True)


@dataclass(frozen=True, slots=True)
class Arm:
    arm: Annotated[str, Figure("Arm", "text")]
    requests: Annotated[int, Figure("Requests")]
    answered: Annotated[int, Figure("Answered")]
    cost_usd: Annotated[Decimal, Figure("Spent", "money")]
    priced_requests: Annotated[int, Figure("Of known cost")]
    cost_per_request_usd: Annotated[Interval | None, Figure("95% interval", "money")]
    mean_cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]
    checked: Annotated[int, Figure("Checked")]
    passed: Annotated[int, Figure("Passed")]
    pass_rate: Annotated[Decimal | None, Figure("Pass rate", "share")]
    quality: Annotated[Interval | None, Figure("95% interval", "share")]
    latency_ms: Annotated[Interval | None, _mean("Mean latency", "milliseconds")]
    feedback_count: Annotated[int, Figure("Feedback")]
    feedback: Annotated[Interval | None, _mean("Mean score", "score")]

    @classmethod
    def of(cls, name: str, sums: ArmSums) -> "Arm":
        cost, latency = mean_interval(_costs(sums)), mean_interval(_times(sums))
        feedback = mean_interval(Sample(sums.feedback, sums.score, sums.score_squares))
        return cls(
            arm=name,
            requests=sums.requests,
            answered=sums.answered,
            cost_usd=sums.cost,
            priced_requests=sums.priced,
            cost_per_request_usd=cost.within(0) if cost else None,
            mean_cost_per_request_usd=each(sums.priced_cost, sums.priced),
            checked=sums.served_checked,
            passed=sums.served_passed,
            pass_rate=share(sums.served_passed, sums.served_checked),
            quality=wilson(sums.served_passed, sums.served_checked),
            latency_ms=latency.within(0) if latency else None,
            feedback_count=sums.feedback,
            feedback=feedback.within(0, 1) if feedback else None,
        )


@dataclass(frozen=True, slots=True)
class Differences:
    """Routed less control."""

    cost_per_request_usd: Annotated[Interval | None, _mean("Cost per request", "signed_money")]
    quality: Annotated[Interval | None, _mean("Pass rate of served answers", "points")]
    latency_ms: Annotated[Interval | None, _mean("Mean latency", "signed_milliseconds")]


@dataclass(frozen=True, slots=True)
class Canary:
    arms: list[Arm]
    differences: Differences
    verdict: Verdict
    decided_by: str
    why: str
    min_requests: int
    quality_margin: Decimal
    latency_margin: Decimal


def canary(routed: ArmSums, control: ArmSums, pinned: ArmSums) -> Canary:
    """The report's section: the arms, their differences and the verdict."""
    judged = judge(routed, control)
    return Canary(
        arms=[Arm.of(name, sums) for name, sums in (("routed", routed), ("control", control), ("pinned", pinned))],
        differences=Differences(
            cost_per_request_usd=mean_difference(_costs(routed), _costs(control)),
            quality=_quality_difference(routed, control),
            latency_ms=mean_difference(_times(routed), _times(control)),
        ),
        verdict=judged.verdict,
        decided_by=judged.figure,
        why=judged.why,
        min_requests=MIN_REQUESTS,
        quality_margin=QUALITY_MARGIN,
        latency_margin=LATENCY_MARGIN,
    )


def judge(routed: ArmSums, control: ArmSums) -> Judged:
    """The verdict."""
    if not control.requests:
        return Judged("hold", "requests", "There is no control traffic to compare with: all traffic is routed.")
    few = min(routed.priced, control.priced)
    if few < MIN_REQUESTS:
        return Judged("hold", "requests", f"Each arm needs {MIN_REQUESTS} requests of known cost; one has {few}.")
    cost = mean_difference(_costs(routed), _costs(control))
    quality = _quality_difference(routed, control)
    if quality is not None and quality.high < -QUALITY_MARGIN:
        return Judged("roll back", "quality", f"Quality is {_points(quality)}: certainly worse.")
    if cost is not None and cost.low > 0:
        return Judged("roll back", "cost", "A routed request certainly costs more than a control request.")
    if quality is None:
        return Judged("hold", "quality", f"Quality is unknown: an arm has fewer than {MIN_REQUESTS} checked answers.")
    if quality.low < -QUALITY_MARGIN:
        return Judged("hold", "quality", f"Quality is {_points(quality)}: a loss of over 5 points cannot be ruled out.")
    if cost is None or cost.high >= 0:
        return Judged("hold", "cost", "It is not yet certain that a routed request costs less.")
    if _slower(routed, control):
        return Judged("hold", "latency", "A routed request certainly takes more than a fifth longer.")
    return Judged("raise", "cost", f"A routed request certainly costs less, and quality is {_points(quality)}.")


def _slower(routed: ArmSums, control: ArmSums) -> bool:
    latency = mean_difference(_times(routed), _times(control))
    return latency is not None and latency.low > LATENCY_MARGIN * _times(control).mean


def _quality_difference(routed: ArmSums, control: ArmSums) -> Interval | None:
    """The difference of the pass rates of served answers, or None if either arm has too few."""
    if min(routed.served_checked, control.served_checked) < MIN_REQUESTS:
        return None
    routed_rate = wilson(routed.served_passed, routed.served_checked)
    control_rate = wilson(control.served_passed, control.served_checked)
    return share_difference(routed_rate, control_rate) if routed_rate and control_rate else None


def _points(quality: Interval) -> str:
    percent = [f"{rounded(part * 100):+.1f}" for part in (quality.value, quality.low, quality.high)]
    return f"{percent[0]} points compared with control (95 % between {percent[1]} and {percent[2]})"


def _costs(arm: ArmSums) -> Sample:
    return Sample(arm.priced, arm.priced_cost, arm.priced_squares)


def _times(arm: ArmSums) -> Sample:
    return Sample(arm.timed, Decimal(arm.milliseconds), Decimal(arm.milliseconds_squares))
