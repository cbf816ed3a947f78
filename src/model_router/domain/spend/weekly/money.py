"""What the report says of money: spent, saved, ahead, and the stack's own bill. The keys are told in report.py."""

from calendar import monthrange
from datetime import date
from decimal import Decimal

from model_router.domain.spend.amounts import each, minus, plus, share, tidied
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.totals.traffic_sums import RequestSums
from model_router.domain.spend.weekly.aws_bill import aws_bill
from model_router.domain.spend.weekly.rows import request_row, tokens
from model_router.domain.spend.weekly.weeks import Week


def spent(whole: RequestSums) -> dict[str, object]:
    return {
        "requests": whole.requests,
        "answered": whole.answered,
        "calls": whole.calls,
        "cost_usd": tidied(whole.cost),
        "at_most_usd": tidied(plus(whole.cost, whole.unknown_bound)),
        "cost_per_request_usd": each(whole.cost, whole.requests),
        "tokens": tokens(whole),
    }


def baseline(this: Totals, whole: RequestSums) -> dict[str, object]:
    low, high = minus(whole.baseline_low, whole.cost), minus(whole.baseline_high, whole.cost)
    routed, control = this.arms.get("routed"), this.arms.get("control")
    row = request_row(whole)
    return {
        "low_usd": row["baseline_low_usd"],
        "high_usd": row["baseline_high_usd"],
        "spent_usd": row["cost_usd"],
        "saved_low_usd": row["saved_low_usd"],
        "saved_high_usd": row["saved_high_usd"],
        "saved_share_low": share(low, whole.baseline_low),
        "saved_share_high": share(high, whole.baseline_high),
        "saved_worst_usd": tidied(minus(low, whole.unknown_bound)),
        "control_cost_per_request_usd": each(control.priced_cost, control.priced),
        "routed_cost_per_request_usd": each(routed.priced_cost, routed.priced),
        "cache_saving_usd": tidied(this.overall.cache_saving),
        "cache_unpriced_calls": this.overall.cache_unpriced_calls,
    }


def projection(whole: RequestSums, week: Week, through: date) -> dict[str, object]:
    """The month of the week's last counted day, if all of it went like the days so far."""
    counted = (through - week.monday).days + 1
    days = monthrange(through.year, through.month)[1]

    def month(amount: Decimal) -> Decimal | None:
        return each(amount * days, counted)

    return {
        "month": f"{through:%Y-%m}",
        "days_in_month": days,
        "days_counted": counted,
        "spent_usd": month(whole.cost),
        "saved_low_usd": month(minus(whole.baseline_low, whole.cost)),
        "saved_high_usd": month(minus(whole.baseline_high, whole.cost)),
    }


def stack_bill(whole: RequestSums, milliseconds: int, memory_megabytes: int) -> dict[str, object]:
    bill = aws_bill(whole.requests, whole.calls, milliseconds, memory_megabytes)
    saved = minus(whole.baseline_low, whole.cost)
    cost = bill["cost_usd"]
    return {
        **bill,
        "saved_low_usd": tidied(saved),
        "share_of_saving": share(cost, saved) if saved > 0 and isinstance(cost, Decimal) else None,
    }
