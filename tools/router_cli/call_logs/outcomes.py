"""How good answers were, as logs record it: checks passed, escalations, scores, and tiers that people ask for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from model_router.domain.money.pricing import ZERO
from model_router.domain.spend.amounts import Interval, Sample, mean_interval, share_difference, wilson
from router_cli.call_logs.calls import LoggedCall

_ABOVE = "above-"


@dataclass(slots=True)
class Outcomes:
    """Of the first answers of one task on one tier."""

    checked: int = 0
    passed: int = 0
    #: Requests that might have escalated, and those that did.
    eligible: int = 0
    escalated: int = 0
    scored: int = 0
    score: Decimal = ZERO
    squares: Decimal = ZERO

    def add(self, call: LoggedCall) -> None:
        if call.passed is not None:
            self.checked += 1
            self.passed += call.passed
        if call.escalated is not None:
            self.eligible += 1
            self.escalated += call.escalated
        if call.score is not None:
            score = Decimal(str(call.score))
            self.scored += 1
            self.score += score
            self.squares += score * score

    @property
    def pass_rate(self) -> Interval | None:
        return wilson(self.passed, self.checked)

    @property
    def escalation_rate(self) -> Interval | None:
        return wilson(self.escalated, self.eligible)

    @property
    def mean_score(self) -> Interval | None:
        mean = mean_interval(Sample(self.scored, self.score, self.squares))
        return mean.within(0, 1) if mean else None

    def to_json(self) -> dict[str, object]:
        return {
            "pass_rate": counted(self.pass_rate, self.checked),
            "escalation_rate": counted(self.escalation_rate, self.eligible),
            "score": counted(self.mean_score, self.scored),
        }


def counted(interval: Interval | None, number: int) -> dict[str, object] | None:
    """An interval with the number that it rests on."""
    return None if interval is None else {**interval.to_json(), "n": number}


def difference(one: Outcomes, other: Outcomes) -> Interval | None:
    """The pass rate of `one` less that of `other`; None where either was never checked."""
    ours, theirs = one.pass_rate, other.pass_rate
    return share_difference(ours, theirs) if ours and theirs else None


def too_low(rank: Mapping[str, int], tier: str, want: str) -> bool | None:
    """Whether a tier is below the one that a person asked for; None where that is no tier of the rules."""
    above = want.startswith(_ABOVE)
    wanted = rank.get(want.removeprefix(_ABOVE))
    if wanted is None or tier not in rank:
        return None
    return rank[tier] < wanted + above
