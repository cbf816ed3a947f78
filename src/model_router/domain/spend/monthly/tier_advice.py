"""Which tier a task belongs on: the cheapest within 5 % of the best quality that was measured for it.

Quality is measured on the task itself (MIN_CASES checked answers). For the tier above the present one, the answers that
escalations got there are used instead. If the tier below was not measured and still looks cheaper, the advice is to try
it, with the escalation rate up to which that pays off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from model_router.domain.spend.amounts import ZERO, rounded
from model_router.domain.spend.monthly.tier_options import MIN_CASES, TierOption

TOLERANCE = Decimal("0.05")
"""Of the pass rate of first answers."""

Verdict = Literal["keep", "lower", "raise", "try lower", "measure"]


@dataclass(frozen=True, slots=True)
class Advice:
    """`tier` is the tier that the task should have: the present one if the verdict is keep or measure."""

    verdict: Verdict
    tier: str
    why: str
    #: The cheapest tier within TOLERANCE of the best quality, or None if the present tier's quality is unknown.
    cheapest_good: str | None
    #: The escalation rate up to which the tier below is cheaper, or None without such a tier or its price.
    break_even: Decimal | None


def advise(options: Sequence[TierOption]) -> Advice:
    """`options` are a task's tiers, cheapest first. The present one has `steps` 0."""
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
    """The pass rate, measured or else estimated; zero if it is unknown."""
    if option.measured and option.pass_rate is not None:
        return option.pass_rate.value
    return option.estimated_pass_rate or ZERO


def _price(option: TierOption) -> Decimal:
    """The expected cost. A tier without one is never the cheapest."""
    return Decimal("Infinity") if option.expected_cost_usd is None else option.expected_cost_usd


def _break_even(present: TierOption, below: TierOption | None) -> Decimal | None:
    """The p at which c_below + p · c_present equals the expected cost of the present tier."""
    if below is None or below.call_cost_usd is None or not present.call_cost_usd or present.expected_cost_usd is None:
        return None
    rate = (present.expected_cost_usd - below.call_cost_usd) / present.call_cost_usd
    return rounded(min(max(rate, ZERO), Decimal(1)))


def _unmeasured(present: TierOption) -> str:
    if not present.checked:
        return "no validator checked its answers, so their quality is unknown: give the task validators"
    return f"{present.checked} checked answers are too few to judge by: {MIN_CASES} are needed"


def _trial(below: TierOption, break_even: Decimal | None) -> str:
    rate = f"at the escalation rate of its other tasks ({(below.escalation_rate or ZERO) * 100:.1f} %)"
    text = f"{below.tier} was not measured on this task, but is cheaper {rate}"
    return text if break_even is None else f"{text} and up to a rate of {break_even * 100:.1f} %"


def _reason(present: TierOption, best: TierOption, present_is_good: bool) -> str:
    if not present_is_good:
        return f"{present.tier} passes {_percent(present)} of its checks, {best.tier} {_percent(best)}"
    if best.steps > 0:
        return f"so many requests escalate that going straight to {best.tier} is cheaper"
    return f"{best.tier} passes {_percent(best)} of its checks, {present.tier} {_percent(present)}, and costs less"


def _percent(option: TierOption) -> str:
    return f"{_rate(option) * 100:.1f} %"
