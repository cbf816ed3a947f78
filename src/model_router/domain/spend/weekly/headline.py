"""The report's headline: each figure beside last week's. The keys are told in report.py."""

from decimal import Decimal

from model_router.domain.spend.amounts import ZERO, minus, share, tidied
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.quality import ESCALATION_TARGET


def headline(this: Totals, last: Totals) -> dict[str, object]:
    now, then = _figures(this), _figures(last)
    lines: dict[str, dict[str, object]] = {}
    for name, value in now.items():
        before = then[name]
        change = minus(value, before) if value is not None and before is not None else None
        lines[name] = {
            "value": value,
            "last_week": before,
            "change": tidied(change) if change is not None else None,
        }
    for name in ("spent_usd", "requests"):
        value, before = now[name] or ZERO, then[name] or ZERO
        lines[name]["change_share"] = share(minus(value, before), before)
    rate = now["escalation_rate"]
    lines["escalation_rate"] |= {
        "target": ESCALATION_TARGET,
        "over_target": rate is not None and rate > ESCALATION_TARGET,
    }
    lines["quality"]["checked"] = this.quality.whole().checked
    return dict(lines)


def _figures(totals: Totals) -> dict[str, Decimal | None]:
    """The headline's figures; of a week without requests there are none, rather than zeros to compare with."""
    whole, quality_sums = totals.days.whole(), totals.quality.whole()
    low, high = minus(whole.baseline_low, whole.cost), minus(whole.baseline_high, whole.cost)
    some = whole.requests > 0
    return {
        "spent_usd": tidied(whole.cost) if some else None,
        "saved_low_usd": tidied(low) if some else None,
        "saved_high_usd": tidied(high) if some else None,
        "saved_share_low": share(low, whole.baseline_low),
        "saved_share_high": share(high, whole.baseline_high),
        "escalation_rate": share(quality_sums.escalated, quality_sums.eligible),
        "quality": share(quality_sums.passed, quality_sums.checked),
        "requests": Decimal(whole.requests) if some else None,
    }
