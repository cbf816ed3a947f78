"""The weekly report's applications: the programs that spent most, how good their answers were, and on which tiers."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from model_router.domain.spend.amounts import minus, share
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.sums import ApplicationSums
from model_router.domain.spend.totals.totals import REST

MAX_ROWS = 50
"""Applications that a report names."""

type ByTier = Groups[ApplicationSums]


@dataclass(frozen=True, slots=True)
class ApplicationFigures:
    """What an application's requests cost. Rates are those of routed requests that were answered."""

    client: Annotated[str, Figure("Client", "text")]
    requests: Annotated[int, Figure("Requests")]
    cost_usd: Annotated[Decimal, Figure("Spent", "money", "Attempts of unknown cost are not included.")]
    share_of_cost: Annotated[Decimal | None, Figure("Share of spend", "share")]
    unknown_bound_usd: Annotated[
        Decimal, Figure("Unknown, at most", "money", "The most that attempts of unknown cost can add.")
    ]
    baseline_low_usd: Annotated[Decimal, Figure("Baseline, low", "money")]
    baseline_high_usd: Annotated[Decimal, Figure("Baseline, high", "money")]
    saved_low_usd: Annotated[Decimal, Figure("Saved, low", "signed_money")]
    saved_high_usd: Annotated[Decimal, Figure("Saved, high", "signed_money")]
    tiers: Annotated[str, Figure("Tiers", "text", "The tiers of the first answers, with their requests.")]
    checked: Annotated[int, Figure("Checked", meaning="First answers that validators checked.")]
    pass_rate: Annotated[Decimal | None, Figure("First-answer pass rate", "share")]
    escalated: Annotated[int, Figure("Escalated")]
    escalation_rate: Annotated[Decimal | None, Figure("Escalation rate", "share")]

    @classmethod
    def of(cls, tiers: ByTier, spent: Decimal) -> Self:
        """`spent` is the cost of all requests."""
        sums = tiers.total()
        return cls(
            client=sums.client,
            requests=sums.requests,
            cost_usd=sums.cost,
            share_of_cost=share(sums.cost, spent),
            unknown_bound_usd=sums.unknown_bound,
            baseline_low_usd=sums.baseline_low,
            baseline_high_usd=sums.baseline_high,
            saved_low_usd=minus(sums.baseline_low, sums.cost),
            saved_high_usd=minus(sums.baseline_high, sums.cost),
            tiers=", ".join(f"{tier} {found.requests}" for tier, found in busiest(tiers)),
            checked=sums.checked,
            pass_rate=share(sums.passed, sums.checked),
            escalated=sums.escalated,
            escalation_rate=share(sums.escalated, sums.eligible),
        )


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    application: Annotated[str, Figure("Application", "text")]
    figures: Annotated[ApplicationFigures, INLINE]


def busiest(tiers: ByTier) -> list[tuple[str, ApplicationSums]]:
    """The tiers of an application's first answers, that with the most requests first."""
    return sorted(tiers.items(), key=lambda item: (-item[1].requests, item[0]))


def most_expensive(groups: Groups[ByTier], number: int) -> tuple[list[tuple[str, ByTier]], ByTier]:
    """The `number` applications that cost most, and the sum of all others."""
    ranked = sorted(groups.items(), key=lambda item: (-item[1].total().cost, item[0]))
    rest = groups.get("")
    for tiers in (*(tiers for _, tiers in ranked[number:]), *([groups.rest] if groups.rest is not None else [])):
        rest.absorb(tiers)
    for sums in rest.every():
        sums.client = ""
    return ranked[:number], rest


def by_application(groups: Groups[ByTier], spent: Decimal) -> list[ApplicationRow]:
    """The MAX_ROWS applications of a week that cost most, then all others as one."""
    named, rest = most_expensive(groups, MAX_ROWS)
    rows = [ApplicationRow(name, ApplicationFigures.of(tiers, spent)) for name, tiers in named]
    return [*rows, ApplicationRow(REST, ApplicationFigures.of(rest, spent))] if len(rest) else rows
