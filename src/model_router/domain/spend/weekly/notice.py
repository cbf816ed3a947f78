"""The weekly notice: the headline as text, and the report's address."""

from decimal import Decimal

from model_router.domain.spend.weekly.headline import Compared
from model_router.domain.spend.weekly.report import WeeklyReport


def notice(report: WeeklyReport, address: str) -> tuple[str, str]:
    """(subject in ASCII, text)."""
    headline = report.headline
    spent, requests = headline.spent_usd.compared, headline.requests.compared.value
    if requests is None:
        return f"Claude spend {report.week}: no requests", f"No requests in {report.week}.\n\nReport: {address}\n"
    simulated = "SIMULATED: " if report.simulated else ""
    low, high, rate = headline.saved_low_usd, headline.saved_high_usd, headline.escalation_rate
    share = _percents(headline.saved_share_low.value, headline.saved_share_high.value)
    over = ", OVER THE TARGET" if rate.over_target else ""
    lines = [
        f"{simulated}Claude spend, {report.week} ({report.from_} to {report.to})",
        "",
        f"Spent            {_usd(spent.value)} (the week before: {_usd(spent.last_week)})",
        f"Saved            {_usd(low.value)} to {_usd(high.value)}, {share} "
        f"(the week before: {_usd(low.last_week)} to {_usd(high.last_week)})",
        f"Escalation rate  {_rate(rate.compared)}{over}",
        f"Quality          {_rate(headline.quality.compared)}",
        f"Requests         {requests:,}",
        f"Canary           {report.canary.verdict}: {report.canary.why}",
    ]
    if flagged := [task.task for task in report.quality.by_task if task.flagged]:
        lines.append(f"Quality dropped  by over 5 points in {', '.join(flagged)}: review the rules.")
    subject = f"{simulated}Claude spend {report.week}: {_usd(spent.value)}, saved {share}"
    return subject, "\n".join([*lines, "", f"Report: {address}", ""])


def _rate(rate: Compared) -> str:
    return f"{_percent(rate.value)} (the week before: {_percent(rate.last_week)})"


def _usd(amount: Decimal | None) -> str:
    return "none" if amount is None else f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def _percents(low: Decimal | None, high: Decimal | None) -> str:
    return _percent(low) if low == high else f"{_percent(low)} to {_percent(high)}"


def _percent(share: Decimal | None) -> str:
    return "none" if share is None else f"{share * 100:.1f} %"
