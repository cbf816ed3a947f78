"""Which tier a task belongs on: the cheapest within 5 % of the best quality that was measured for it.

What was measured on the task itself (MIN_CASES checked answers) decides about quality; for the tier above the present
one, the answers that escalations got there stand in. Where the tier below was not measured and looks cheaper all the
same, the advice is to try it, and says up to which escalation rate that pays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from model_router.domain.spend.amounts import ZERO, rounded
from model_router.domain.spend.monthly.tier_options import MIN_CASES, TierOption

TOLERANCE = Decimal("0.05")
"""Of the first-answer pass rate."""

Verdict = Literal["keep", "lower", "raise", "try lower", "measure"]


@dataclass(frozen=True, slots=True)
class Advice:
    """`tier` is where the task should be; it differs from the present one unless the verdict is keep or measure."""

    verdict: Verdict
    tier: str
    why: str
    #: The cheapest tier within TOLERANCE of the best quality; None where the present tier's quality is not known.
    cheapest_good: str | None
    #: Up to which escalation rate the tier below is cheaper than the present one; None: there is none, or no price.
    break_even: Decimal | None


def advise(options: Sequence[TierOption]) -> Advice:
    """`options` are a task's tiers, cheapest first; the one with `steps` 0 is its present one."""
    present = next(option for option in options if option.steps == 0)
    below = next((option for option in options if option.steps == -1), None)
    break_even = _break_even(present, below)
    if not present.measured:
        return Advice("measure", present.tier, _unmeasured(present), None, break_even)
    good = _good(options)
    best = min(good, key=lambda option: (_price(option), option.steps))
    if best.steps == 0 and below is not None and not below.measured and _price(below) < _price(present):
        return Advice("try lower", below.tier, _trial(below, break_even), best.tier, break_even)
    if best.steps == 0:
        return Advice("keep", best.tier, "no other tier is cheaper and as good", best.tier, break_even)
    verdict: Verdict = "lower" if best.steps < 0 else "raise"
    return Advice(verdict, best.tier, _reason(present, best, present in good), best.tier, break_even)


def _good(options: Sequence[TierOption]) -> list[TierOption]:
    """The tiers within TOLERANCE of the best that was measured."""
    best = max(_rate(option) for option in options if option.measured)
    return [option for option in options if best - _rate(option) <= TOLERANCE]


def _rate(option: TierOption) -> Decimal:
    """The pass rate that counts: measured, else estimated; zero where nothing is known."""
    if option.measured and option.pass_rate is not None:
        return option.pass_rate.value
    return option.estimated_pass_rate or ZERO


def _price(option: TierOption) -> Decimal:
    """The expected cost; a tier without one is never the cheapest."""
    return Decimal("Infinity") if option.expected_cost_usd is None else option.expected_cost_usd


def _break_even(present: TierOption, below: TierOption | None) -> Decimal | None:
    """p at which c_below + p · c_present is what the present tier is expected to cost."""
    if below is None or below.call_cost_usd is None or not present.call_cost_usd or present.expected_cost_usd is None:
        return None
    rate = (present.expected_cost_usd - below.call_cost_usd) / present.call_cost_usd
    return rounded(min(max(rate, ZERO), Decimal(1)))


def _unmeasured(present: TierOption) -> str:
    if not present.checked:
        return "no validator looked at its answers, so nobody knows how good they are: give the task validators"
    return f"{present.checked} checked answers are too few to judge by: {MIN_CASES} are needed"


def _trial(below: TierOption, break_even: Decimal | None) -> str:
    rate = f"{(below.escalation_rate or ZERO) * 100:.1f} %"
    words = f"{below.tier} was not measured on this task; with the {rate} that its other tasks escalate it is cheaper"
    return words if break_even is None else f"{words}; it pays up to {break_even * 100:.1f} % of escalations"


def _reason(present: TierOption, best: TierOption, present_is_good: bool) -> str:
    if not present_is_good:
        return f"{present.tier} passes {_percent(present)} of its checks, {best.tier} {_percent(best)}"
    if best.steps > 0:
        return f"so much escalates that going straight to {best.tier} is cheaper"
    return f"{best.tier} passes {_percent(best)} of its checks, {present.tier} {_percent(present)}, and costs less"


def _percent(option: TierOption) -> str:
    return f"{_rate(option) * 100:.1f} %"
