"""The weekly report's headline: each figure compared with last week's."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from model_router.domain.spend.amounts import ZERO, minus, share
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.quality import ESCALATION_TARGET, over_target


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of this week and of last week, or None for a week without requests."""

    value: Annotated[Decimal | None, Figure("This week", "plain")]
    last_week: Annotated[Decimal | None, Figure("Last week", "plain")]
    change: Annotated[Decimal | None, Figure("Change", "plain", "This week less last week.")]


@dataclass(frozen=True, slots=True)
class ComparedAmount:
    compared: Annotated[Compared, INLINE]
    change_share: Annotated[Decimal | None, Figure("Change as a share of last week", "share")]


@dataclass(frozen=True, slots=True)
class ComparedRate:
    compared: Annotated[Compared, INLINE]
    target: Annotated[Decimal, Figure("Target, at most", "share")]
    over_target: bool


@dataclass(frozen=True, slots=True)
class ComparedQuality:
    compared: Annotated[Compared, INLINE]
    checked: Annotated[int, Figure("First answers checked this week")]


@dataclass(frozen=True, slots=True)
class Headline:
    spent_usd: ComparedAmount
    saved_low_usd: Compared
    saved_high_usd: Compared
    saved_share_low: Compared
    saved_share_high: Compared
    escalation_rate: ComparedRate
    quality: ComparedQuality
    requests: ComparedAmount


def headline(this: Totals, last: Totals) -> Headline:
    now, before = _figures(this), _figures(last)
    compared = {name: _compared(value, before[name]) for name, value in now.items()}
    rate = compared["escalation_rate"]
    return Headline(
        spent_usd=_amount(compared["spent_usd"]),
        saved_low_usd=compared["saved_low_usd"],
        saved_high_usd=compared["saved_high_usd"],
        saved_share_low=compared["saved_share_low"],
        saved_share_high=compared["saved_share_high"],
        escalation_rate=ComparedRate(rate, ESCALATION_TARGET, over_target(rate.value)),
        quality=ComparedQuality(compared["quality"], this.quality.total().checked),
        requests=_amount(compared["requests"]),
    )


def _compared(value: Decimal | None, last_week: Decimal | None) -> Compared:
    change = minus(value, last_week) if value is not None and last_week is not None else None
    return Compared(value, last_week, change)


def _amount(compared: Compared) -> ComparedAmount:
    before = compared.last_week or ZERO
    return ComparedAmount(compared, share(minus(compared.value or ZERO, before), before))


def _figures(totals: Totals) -> dict[str, Decimal | None]:
    """The headline's figures. A week without requests has none, rather than zeros to compare with."""
    sums, quality = totals.days.total(), totals.quality.total()
    some = sums.requests > 0
    return {
        "spent_usd": sums.cost if some else None,
        "saved_low_usd": sums.saved_low if some else None,
        "saved_high_usd": sums.saved_high if some else None,
        "saved_share_low": share(sums.saved_low, sums.baseline_low),
        "saved_share_high": share(sums.saved_high, sums.baseline_high),
        "escalation_rate": share(quality.escalated, quality.eligible),
        "quality": share(quality.passed, quality.checked),
        "requests": Decimal(sums.requests) if some else None,
    }
