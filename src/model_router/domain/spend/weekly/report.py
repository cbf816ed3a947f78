"""The weekly report: a model of what the week cost, what was saved, and how good the answers were.

Money is exact Decimal USD (per-request figures to 10^-12), shares and rates are 0 to 1 to six places, times
milliseconds. A figure is None where there is nothing to divide by. docs/report-fields.md lists every field.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from model_router.domain.spend.amounts import ZERO, minus, share
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.periods import Week
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly import breakdowns, money, quality
from model_router.domain.spend.weekly.applications import ApplicationRow, by_application
from model_router.domain.spend.weekly.aws_bill import AwsBill, aws_bill
from model_router.domain.spend.weekly.canary import Canary, canary
from model_router.domain.spend.weekly.efforts import EffortRow, efforts
from model_router.domain.spend.weekly.quality import ESCALATION_TARGET, Escalations, Latency, Quality, over_target
from model_router.domain.spend.weekly.sessions import Sessions, sessions


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


VERSION = 1


@dataclass(frozen=True, slots=True)
class RulesVersion:
    version: Annotated[str, Figure("Version", "text")]
    requests: Annotated[int, Figure("Requests")]
    first_day: Annotated[str, Figure("First seen", "day")]
    last_day: Annotated[str, Figure("Last seen", "day")]


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    kind: Literal["weekly_report"]
    version: int
    week: str
    from_: str
    to: str
    through: Annotated[str, Figure("Figures up to", "day", "The last day that can have requests.")]
    finished: Annotated[bool, Figure("Week is over", "flag")]
    simulated: Annotated[bool, Figure("Simulated", "flag", "Whether a stand-in for Claude answered any request.")]
    simulated_requests: Annotated[int, Figure("Simulated requests")]
    headline: Headline
    totals: money.Spent
    by_day: list[breakdowns.DayRow]
    by_tier: list[breakdowns.TierRow]
    by_model: list[breakdowns.ModelRow]
    by_mode: list[breakdowns.ModeRow]
    unlisted_models: list[breakdowns.UnlistedModelRow]
    by_task: list[breakdowns.TaskRow]
    by_client: list[breakdowns.ClientRow]
    by_tag: list[breakdowns.TagRow]
    by_application: list[ApplicationRow]
    efforts: list[EffortRow]
    sessions: Sessions
    baseline: money.Baseline
    escalations: Escalations
    fallbacks: money.Fallbacks
    failed: money.Failed
    quality: Quality
    latency: Latency
    unknown: money.Unknown
    unsettled: money.Unsettled
    rules_versions: list[RulesVersion]
    projection: money.Projection
    canary: Canary
    aws_bill: AwsBill


def weekly_report(week: Week, this: Totals, last: Totals, *, today: date, memory_megabytes: int) -> WeeklyReport:
    """The report of a week from its totals and those of the week before.

    Once the week is over, equal totals always give an equal report. Until then `today` limits the projection.
    """
    sums, overall = this.days.total(), this.overall
    through = min(max(today, week.days[0]), week.days[-1])
    return WeeklyReport(
        kind="weekly_report",
        version=VERSION,
        week=str(week),
        from_=week.days[0].isoformat(),
        to=week.days[-1].isoformat(),
        through=through.isoformat(),
        finished=today > week.days[-1],
        simulated=overall.simulated > 0,
        simulated_requests=overall.simulated,
        headline=headline(this, last),
        totals=money.spent(sums),
        by_day=breakdowns.by_day(this, week),
        by_tier=breakdowns.by_tier(this),
        by_model=breakdowns.by_model(this),
        by_mode=breakdowns.by_mode(this),
        unlisted_models=breakdowns.unlisted_models(this),
        by_task=breakdowns.by_task(this),
        by_client=breakdowns.by_client(this),
        by_tag=breakdowns.by_tag(this.tags),
        by_application=by_application(this.applications, sums.cost),
        efforts=efforts(this),
        sessions=sessions(this.sessions),
        baseline=money.baseline(this, sums),
        escalations=quality.escalations(this),
        fallbacks=money.fallbacks(overall),
        failed=money.failed(overall),
        quality=quality.quality(this, last),
        latency=quality.latency(this),
        unknown=money.unknown(overall),
        unsettled=money.unsettled(overall),
        rules_versions=_rules_versions(this),
        projection=money.projection(sums, week, through),
        canary=canary(*(this.arms.get(name) for name in ("routed", "control", "pinned"))),
        aws_bill=aws_bill(sums, overall.milliseconds, memory_megabytes),
    )


def _rules_versions(totals: Totals) -> list[RulesVersion]:
    versions = sorted(totals.rules_versions.items(), key=lambda item: (item[1].first_day, item[0]))
    return [RulesVersion(name, days.requests, days.first_day, days.last_day) for name, days in versions]


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
