"""The weekly notice: the headline in words, and where the report lies."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def notice(report: Mapping[str, Any], address: str) -> tuple[str, str]:
    """(subject in ASCII, text) of a report as it reads from its JSON."""
    headline = report["headline"]
    spent, requests = headline["spent_usd"], headline["requests"]
    simulated = "SIMULATED: " if report["simulated"] else ""
    if requests["value"] is None:
        return f"Claude spend {report['week']}: no requests", f"No requests in {report['week']}.\n\nReport: {address}\n"
    saved = (headline["saved_share_low"]["value"], headline["saved_share_high"]["value"])
    subject = f"{simulated}Claude spend {report['week']}: {_usd(spent['value'])}, saved {_percents(*saved)}"
    lines = [
        f"{simulated}Claude spend, {report['week']} ({report['from']} to {report['to']})",
        "",
        f"Spent            {_usd(spent['value'])} (the week before: {_usd(spent['last_week'])})",
        f"Saved            {_usd(headline['saved_low_usd']['value'])} to {_usd(headline['saved_high_usd']['value'])}, "
        f"{_percents(*saved)} (the week before: {_usd(headline['saved_low_usd']['last_week'])} "
        f"to {_usd(headline['saved_high_usd']['last_week'])})",
        f"Escalation rate  {_rate(headline['escalation_rate'])}"
        + (", OVER THE TARGET" if headline["escalation_rate"]["over_target"] else ""),
        f"Quality          {_rate(headline['quality'])}",
        f"Requests         {requests['value']:,}",
        f"Canary           {report['canary']['verdict']}: {report['canary']['why']}",
    ]
    flagged = [row["task"] for row in report["quality"]["by_task"] if row["flagged"]]
    if flagged:
        lines.append(f"Quality fell     by over 5 points in {', '.join(flagged)}: review the rules.")
    return subject, "\n".join([*lines, "", f"Report: {address}", ""])


def _rate(figure: Mapping[str, Any]) -> str:
    return f"{_percent(figure['value'])} (the week before: {_percent(figure['last_week'])})"


def _usd(amount: Decimal | int | None) -> str:
    return "none" if amount is None else f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def _percents(low: Decimal | int | None, high: Decimal | int | None) -> str:
    return _percent(low) if low == high else f"{_percent(low)} to {_percent(high)}"


def _percent(share: Decimal | int | None) -> str:
    return "none" if share is None else f"{share * 100:.1f} %"
