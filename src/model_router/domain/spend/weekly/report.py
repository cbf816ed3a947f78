"""The weekly report: a model of what the week cost, what was saved, and how good the answers were.

Money is exact Decimal USD (per-request figures to 10^-12), shares and rates are 0 to 1 to six places, times
milliseconds. A figure is None where there is nothing to divide by. docs/report-fields.md lists every field.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from model_router.domain.spend.figures import Figure
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly import breakdowns, money, quality, rows
from model_router.domain.spend.weekly.aws_bill import AwsBill, aws_bill
from model_router.domain.spend.weekly.canary import Canary, canary
from model_router.domain.spend.weekly.headline import Headline, headline
from model_router.domain.spend.weekly.quality import Escalations, Latency, Quality
from model_router.domain.spend.weekly.weeks import Week

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
    by_day: list[rows.DayRow]
    by_tier: list[rows.TierRow]
    by_model: list[rows.ModelRow]
    by_mode: list[rows.ModeRow]
    unlisted_models: list[rows.UnlistedModelRow]
    by_task: list[rows.TaskRow]
    by_client: list[rows.ClientRow]
    by_tag: list[rows.TagRow]
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
    whole, overall = this.days.whole(), this.overall
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
        totals=money.spent(whole),
        by_day=breakdowns.by_day(this, week),
        by_tier=breakdowns.by_tier(this),
        by_model=breakdowns.by_model(this),
        by_mode=breakdowns.by_mode(this),
        unlisted_models=breakdowns.unlisted_models(this),
        by_task=breakdowns.by_task(this),
        by_client=breakdowns.by_client(this),
        by_tag=breakdowns.by_tag(this.tags),
        baseline=money.baseline(this, whole),
        escalations=quality.escalations(this),
        fallbacks=money.fallbacks(overall),
        failed=money.failed(overall),
        quality=quality.quality(this, last),
        latency=quality.latency(this),
        unknown=money.unknown(overall),
        unsettled=money.unsettled(overall),
        rules_versions=_rules_versions(this),
        projection=money.projection(whole, week, through),
        canary=canary(*(this.arms.get(name) for name in ("routed", "control", "pinned"))),
        aws_bill=aws_bill(whole, overall.milliseconds, memory_megabytes),
    )


def _rules_versions(totals: Totals) -> list[RulesVersion]:
    versions = sorted(totals.rules_versions.items(), key=lambda item: (item[1].first_day, item[0]))
    return [RulesVersion(name, days.requests, days.first_day, days.last_day) for name, days in versions]
