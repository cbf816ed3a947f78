"""Which tasks belong on another tier, by recorded outcomes: chosen on one half of them, judged on the other.

The choice is the monthly review's (`domain.spend.monthly.tier_advice`): the cheapest tier within 5 % of the best
measured quality. A task moves down only where the held-out half confirms it: the low end of the interval of its change
in quality is above −5 points. A move that is not confirmed is a trial, for a canary and not for the rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from model_router.domain.routing.policy import Policy
from model_router.domain.spend.amounts import ZERO, Interval, minus, plus, share_difference, tidied, times
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.monthly.task_review import tier_change, tier_of_task
from model_router.domain.spend.monthly.tier_advice import TOLERANCE, Advice, advise
from model_router.domain.spend.monthly.tier_options import TierOption, first_answers, tier_options
from model_router.domain.spend.totals.totals import Totals


@dataclass(frozen=True, slots=True)
class TierMove:
    """A task that belongs on another tier. The figures are the held-out half's."""

    task: str
    present: str
    tier: str
    why: str
    #: Of the held-out requests: what they are expected to cost on the present tier, and how much less on the other.
    requests: int
    cost_usd: Decimal | None
    saving_usd: Decimal | None
    then: TierOption
    now: TierOption
    pass_rate_change: Interval | None
    #: Why the held-out half does not bear it out; empty: it does.
    doubt: str

    def to_json(self) -> dict[str, object]:
        return {
            "task": self.task,
            "from": self.present,
            "to": self.tier,
            "why": self.why,
            "held_out": {
                "requests": self.requests,
                "cost_usd": self.cost_usd,
                "saving_usd": self.saving_usd,
                "pass_rate_from": as_json(self.then.pass_rate),
                "pass_rate_to": as_json(self.now.pass_rate),
                "pass_rate_change": as_json(self.pass_rate_change),
            },
            "doubt": self.doubt or None,
        }


def find_moves(policy: Policy, chosen_by: Totals, held_out: Totals, day: date) -> tuple[list[TierMove], list[TierMove]]:
    """(the moves that the held-out half bears out, the others). Prices are the day's."""
    borne_out: list[TierMove] = []
    trials: list[TierMove] = []
    for task in sorted({name.rpartition(" ")[0] for name, _ in chosen_by.first_calls.items()}):
        present = tier_of_task(policy.rules, task)
        if present is None:
            continue
        advice = advise(tier_options(chosen_by, policy.rules, policy.catalog, task, present, day))
        if advice.tier == present:
            continue
        move = _judged(policy, held_out, task, present, advice, day)
        (trials if move.doubt else borne_out).append(move)
    return borne_out, trials


def apply_moves(parameters: Mapping[str, str], moves: list[TierMove]) -> dict[str, str]:
    """The parameters with the tasks on their new tiers."""
    changed = dict(parameters)
    for move in moves:
        change = tier_change(changed, move.task, move.tier)
        changed[change.parameter] = change.text
    return changed


def saved(moves: list[TierMove]) -> tuple[Decimal, Decimal]:
    """(what the held-out requests of these tasks are expected to cost as it is, how much less they would), USD."""
    cost, saving = ZERO, ZERO
    for move in moves:
        cost, saving = plus(cost, move.cost_usd or ZERO), plus(saving, move.saving_usd or ZERO)
    return tidied(cost), tidied(saving)


def _judged(policy: Policy, held_out: Totals, task: str, present: str, advice: Advice, day: date) -> TierMove:
    options = tier_options(held_out, policy.rules, policy.catalog, task, present, day)
    then = next(option for option in options if option.tier == present)
    now = next(option for option in options if option.tier == advice.tier)
    number = first_answers(held_out, task, present).requests
    known = then.expected_cost_usd is not None and now.expected_cost_usd is not None
    before, after = then.expected_cost_usd or ZERO, now.expected_cost_usd or ZERO
    changed = share_difference(now.pass_rate, then.pass_rate) if now.pass_rate and then.pass_rate else None
    return TierMove(
        task,
        present,
        advice.tier,
        advice.why,
        number,
        tidied(times(before, Decimal(number))) if known else None,
        tidied(times(minus(before, after), Decimal(number))) if known else None,
        then,
        now,
        changed,
        _doubt(advice, options, now, changed),
    )


def _doubt(advice: Advice, options: list[TierOption], now: TierOption, changed: Interval | None) -> str:
    if advice.verdict == "try lower" or (now.steps < 0 and not now.measured):
        return f"{now.tier} was not measured on it: try it on a part of the traffic"
    if now.steps < 0:
        if changed is None or changed.low < -TOLERANCE:
            return "the held-out half is too small, or too bad there, to rule out a loss of more than 5 points"
        return ""
    if advise(options).tier != advice.tier:
        return "the held-out half does not advise it"
    return ""
