"""The weekly report's sessions: the most expensive ones, against their baseline."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from model_router.domain.spend.amounts import ZERO, minus, share
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.sums import SessionSums
from model_router.domain.spend.totals.totals import REST

MAX_ROWS = 50
"""Sessions that a report names."""


@dataclass(frozen=True, slots=True)
class SessionFigures:
    client: Annotated[str, Figure("Client", "text")]
    requests: Annotated[int, Figure("Requests")]
    turns: Annotated[int, Figure("Turns", meaning="Requests with a new text of the user.")]
    cost_usd: Annotated[Decimal, Figure("Spent", "money", "Attempts of unknown cost are not included.")]
    unknown_bound_usd: Annotated[
        Decimal, Figure("Unknown, at most", "money", "The most that attempts of unknown cost can add.")
    ]
    baseline_low_usd: Annotated[Decimal, Figure("Baseline, low", "money")]
    baseline_high_usd: Annotated[Decimal, Figure("Baseline, high", "money")]
    saved_low_usd: Annotated[
        Decimal, Figure("Saved, low", "signed_money", "Negative if the session cost more than on the baseline.")
    ]
    saved_high_usd: Annotated[Decimal, Figure("Saved, high", "signed_money")]
    saved_share_low: Annotated[Decimal | None, Figure("Saved, low, as a share", "signed_share")]
    tiers: Annotated[str, Figure("Tiers", "text", "The tiers that answered.")]

    @classmethod
    def of(cls, sums: SessionSums) -> Self:
        return cls(
            client=sums.client,
            requests=sums.requests,
            turns=sums.turns,
            cost_usd=sums.cost,
            unknown_bound_usd=sums.unknown_bound,
            baseline_low_usd=sums.baseline_low,
            baseline_high_usd=sums.baseline_high,
            saved_low_usd=sums.saved_low,
            saved_high_usd=minus(sums.baseline_high, sums.cost),
            saved_share_low=share(sums.saved_low, sums.baseline_low),
            tiers=sums.tiers,
        )


@dataclass(frozen=True, slots=True)
class SessionRow:
    session: Annotated[str, Figure("Session", "text")]
    figures: Annotated[SessionFigures, INLINE]


@dataclass(frozen=True, slots=True)
class Sessions:
    """Of each day, the 1,000 sessions that cost most count by themselves; the others are in the row of the others."""

    counted: Annotated[int, Figure("Sessions that are counted by themselves")]
    over_baseline: Annotated[int, Figure("Of these, those that cost more than on the baseline")]
    over_baseline_usd: Annotated[Decimal, Figure("By how much, in total", "money")]
    most_expensive: list[SessionRow]


def sessions(groups: Groups[SessionSums]) -> Sessions:
    """The sessions of a week's totals."""
    over = [sums.saved_low for _, sums in groups.items() if sums.saved_low < 0]
    total = ZERO
    for saved in over:
        total = minus(total, saved)
    named, rest = most_expensive(groups, MAX_ROWS)
    rows = [SessionRow(name, SessionFigures.of(sums)) for name, sums in named]
    if rest.requests:
        rows.append(SessionRow(REST, SessionFigures.of(rest)))
    return Sessions(len(groups), len(over), total, rows)


def most_expensive(
    groups: Groups[SessionSums], number: int, client: str | None = None
) -> tuple[Sequence[tuple[str, SessionSums]], SessionSums]:
    """The `number` sessions that cost most, and the sum of all others.

    With a `client`, only of its sessions that are counted by themselves.
    """
    ranked = sorted(groups.items(), key=lambda item: (-item[1].cost, item[0]))
    chosen = [item for item in ranked if client is None or item[1].client == client]
    rest = SessionSums()
    for sums in (
        *(sums for _, sums in chosen[number:]),
        *([groups.rest] if groups.rest is not None and client is None else []),
    ):
        rest.absorb(sums)
    rest.client = ""
    return chosen[:number], rest
