"""What a task would cost and how good it would be on each tier, from a month's totals.

    expected cost on a tier = c + p · c'

c is one call's cost there: the tokens of the task's first answers on its present tier at that tier's prices (today's,
in the band of the average prompt, tokens converted by the tokenizers' ratio). c' is the same one tier higher, and p the
share that escalates, estimated as `Basis` says. A further escalation is left out: it is a share of a share.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import tokens_cost
from model_router.domain.routing.rules import RuleSet
from model_router.domain.spend.amounts import ZERO, each, rounded, share
from model_router.domain.spend.intervals import Interval, wilson
from model_router.domain.spend.totals.quality_sums import FirstCallSums
from model_router.domain.spend.totals.totals import Totals

MIN_CASES = 50
"""Fewer tell too little: with 50 the 95 % interval of a rate is still up to 28 points wide."""

Basis = Literal["measured", "top tier", "not checked", "failed twice", "all tasks on that tier", "unknown"]
"""Where p comes from, in the order in which it is looked for.

measured: this task's routed requests whose first answer came from that tier, at least MIN_CASES of them.
top tier: nothing to escalate to, so 0. not checked: no validator looks at this task's answers, so nothing escalates: 0.
failed twice: for a higher tier, the share of the present tier's requests whose second answer, a tier up, failed too; a
request that passes on the present tier is taken to pass there as well.
all tasks on that tier: for a lower tier, the upper 95 % bound of the share of failed first answers of all tasks there.
"""


@dataclass(frozen=True, slots=True)
class TierOption:
    """One tier for one task. None: not known. `checked` is the number of answers that `pass_rate` rests on."""

    tier: str
    model: str
    #: Tiers above (positive) or below the present one.
    steps: int
    call_cost: Decimal | None
    escalation: Decimal | None
    basis: Basis
    expected_cost: Decimal | None
    pass_rate: Interval | None
    checked: int
    #: Of the tier above an adequately measured one: 1 − the share that failed twice.
    estimated_pass_rate: Decimal | None = None

    @property
    def measured(self) -> bool:
        return self.checked >= MIN_CASES

    def to_json(self) -> dict[str, object]:
        return {
            "tier": self.tier,
            "model": self.model,
            "steps": self.steps,
            "call_cost_usd": self.call_cost,
            "escalation_rate": self.escalation,
            "escalation_basis": self.basis,
            "expected_cost_usd": self.expected_cost,
            "pass_rate": rate_json(self.pass_rate, self.checked),
            "measured": self.measured,
            "estimated_pass_rate": self.estimated_pass_rate,
        }


def rate_json(rate: Interval | None, number: int) -> dict[str, object] | None:
    return None if rate is None else {**rate.to_json(), "n": number}


def first_calls(totals: Totals, task: str, tier: str) -> FirstCallSums:
    """The routed requests of a task whose first answer came from a tier."""
    return totals.first_calls.get(f"{task} {tier}")


def tier_options(
    totals: Totals, rules: RuleSet, catalog: Catalog, task: str, present: str, day: date
) -> list[TierOption]:
    """Every tier of the rules, cheapest first, for a task that is now on the tier `present`. Prices are the day's."""
    names = rules.tiers.names()
    sample = first_calls(totals, task, present)
    costs = {tier: _call_cost(sample, catalog, rules.model_of(present), rules.model_of(tier), day) for tier in names}
    options = []
    for place, tier in enumerate(names):
        steps = place - names.index(present)
        above = names[place + 1] if place + 1 < len(names) else None
        rate, basis = _escalation(totals, task, present, tier, steps, top=above is None)
        passed, checked = _quality(totals, task, tier)
        expected = _expected(costs[tier], rate, costs[above] if above else ZERO)
        options.append(
            TierOption(
                tier=tier,
                model=rules.model_of(tier),
                steps=steps,
                call_cost=costs[tier],
                escalation=rate,
                basis=basis,
                expected_cost=expected,
                pass_rate=wilson(passed, checked),
                checked=checked,
                estimated_pass_rate=_repaired(sample) if steps == 1 else None,
            )
        )
    return options


def _repaired(present: FirstCallSums) -> Decimal | None:
    """The share of the present tier's requests that pass on the tier above: those that pass here, or are mended."""
    if present.checked < MIN_CASES or not present.escalated:
        return None
    return share(present.requests - present.failed_twice, present.requests)


def _expected(own: Decimal | None, rate: Decimal | None, above: Decimal | None) -> Decimal | None:
    if own is None or rate is None or above is None:
        return None
    return each(own + rate * above, 1)


def _call_cost(sample: FirstCallSums, catalog: Catalog, counted_on: str, model: str, day: date) -> Decimal | None:
    """USD of one call of `model` with the average tokens of `sample`, which were counted on another model."""
    if not sample.requests:
        return None
    ratio = catalog.tokenizer_ratio(model) / catalog.tokenizer_ratio(counted_on)
    cached = sample.cache_write_5m_tokens + sample.cache_write_1h_tokens + sample.cache_read_tokens
    prompt = (sample.input_tokens + cached) * ratio / sample.requests
    prices = catalog.card(model).prices_on(day).band(int(prompt))
    return each(tokens_cost(prices, sample) * ratio, sample.requests)


def _escalation(
    totals: Totals, task: str, present: str, tier: str, steps: int, *, top: bool
) -> tuple[Decimal | None, Basis]:
    if top:
        return ZERO, "top tier"
    own, now = first_calls(totals, task, tier), first_calls(totals, task, present)
    if own.requests >= MIN_CASES:
        return share(own.escalated, own.requests), "measured"
    if now.requests >= MIN_CASES and not now.checked and not now.escalated:
        return ZERO, "not checked"
    if steps > 0 and now.requests >= MIN_CASES:
        return share(now.failed_twice, now.requests), "failed twice"
    passed, checked = _passed_on(totals, tier)
    everywhere = wilson(passed, checked)
    if steps < 0 and everywhere is not None and checked >= MIN_CASES:
        return rounded(1 - everywhere.low), "all tasks on that tier"
    return None, "unknown"


def _quality(totals: Totals, task: str, tier: str) -> tuple[int, int]:
    """(passed, checked) of a task's first answers on a tier, those of the control arm among them."""
    routed, control = first_calls(totals, task, tier), totals.control_calls.get(f"{task} {tier}")
    return routed.passed + control.passed, routed.checked + control.checked


def _passed_on(totals: Totals, tier: str) -> tuple[int, int]:
    """(passed, checked) of the first answers of all tasks on a tier."""
    sums = [sums for name, sums in totals.first_calls.items() if name.rpartition(" ")[2] == tier]
    return sum(found.passed for found in sums), sum(found.checked for found in sums)
