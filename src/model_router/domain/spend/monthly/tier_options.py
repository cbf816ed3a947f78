"""What a task would cost on each tier and how good its answers would be, from a month's totals.

    expected cost on a tier = c + p · c'

c is the cost of one attempt there: the tokens of the task's first answers on its present tier at that tier's prices on
the day of the review, in the band of the average prompt, converted by the ratio of the tokenizers. c' is the same one
tier higher, and p the share that escalates, estimated as `Basis` says. A second escalation is rare and left out.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import tokens_cost
from model_router.domain.routing.rules import RuleSet
from model_router.domain.spend.amounts import ZERO, Rate, each, rate, rounded, share, wilson
from model_router.domain.spend.figures import Figure
from model_router.domain.spend.totals.sums import FirstAnswerSums
from model_router.domain.spend.totals.totals import Totals

MIN_CASES = 50
"""With 50 cases the 95 % interval of a rate is up to 28 points wide; fewer say too little."""

Basis = Literal["measured", "top tier", "not checked", "failed twice", "all tasks on that tier", "unknown"]
"""Where p comes from, in order of preference.

measured: this task's routed requests whose first answer came from that tier, at least MIN_CASES of them.
top tier: there is no higher tier, so 0. not checked: no validator checks this task's answers, so nothing escalates: 0.
failed twice: for a higher tier, the share of the present tier's requests whose second answer, a tier up, failed too. A
request that passes on the present tier is assumed to pass there as well.
all tasks on that tier: for a lower tier, the upper 95 % bound of the share of failed first answers of all tasks there.
"""


@dataclass(frozen=True, slots=True)
class TierOption:
    """One tier for one task. None means not known."""

    tier: Annotated[str, Figure("Tier", "text")]
    model: Annotated[str, Figure("Model", "text")]
    steps: Annotated[int, Figure("Steps", meaning="Tiers above (positive) or below the present one.")]
    call_cost_usd: Annotated[Decimal | None, Figure("Cost of an attempt", "money")]
    escalation_rate: Annotated[Decimal | None, Figure("Escalation rate", "share")]
    escalation_basis: Annotated[Basis, Figure("Known from", "text")]
    expected_cost_usd: Annotated[
        Decimal | None, Figure("Expected per request", "money", "An attempt there, and the escalations from it.")
    ]
    pass_rate: Annotated[Rate | None, Figure("Pass rate", "share", with_value=True)]
    measured: Annotated[bool, Figure("Measured", "flag", f"At least {MIN_CASES} answers were checked.")]
    estimated_pass_rate: Annotated[
        Decimal | None, Figure("Estimated pass rate", "share", "Of the tier above, from the escalations that it got.")
    ] = None

    @property
    def checked(self) -> int:
        return self.pass_rate.n if self.pass_rate else 0


def first_answers(totals: Totals, task: str, tier: str) -> FirstAnswerSums:
    """The routed requests of a task whose first answer came from a tier."""
    return totals.first_calls.get(f"{task} {tier}")


def tier_options(
    totals: Totals, rules: RuleSet, catalog: Catalog, task: str, present: str, day: date
) -> list[TierOption]:
    """Every tier of the rules, cheapest first, for a task that is now on the tier `present`. Prices are the day's."""
    names = rules.tiers.names()
    sample = first_answers(totals, task, present)
    costs = {tier: _attempt_cost(sample, catalog, rules.model_of(present), rules.model_of(tier), day) for tier in names}
    options = []
    for place, tier in enumerate(names):
        steps = place - names.index(present)
        above = names[place + 1] if place + 1 < len(names) else None
        escalation_rate, basis = _escalation(totals, task, present, tier, steps, top=above is None)
        passed, checked = _quality(totals, task, tier)
        options.append(
            TierOption(
                tier=tier,
                model=rules.model_of(tier),
                steps=steps,
                call_cost_usd=costs[tier],
                escalation_rate=escalation_rate,
                escalation_basis=basis,
                expected_cost_usd=_expected(costs[tier], escalation_rate, costs[above] if above else ZERO),
                pass_rate=rate(passed, checked),
                measured=checked >= MIN_CASES,
                estimated_pass_rate=_pass_rate_above(sample) if steps == 1 else None,
            )
        )
    return options


def _pass_rate_above(present: FirstAnswerSums) -> Decimal | None:
    """The share of the present tier's requests that pass here or, after an escalation, on the tier above."""
    if present.checked < MIN_CASES or not present.escalated:
        return None
    return share(present.requests - present.failed_twice, present.requests)


def _expected(own: Decimal | None, escalation: Decimal | None, above: Decimal | None) -> Decimal | None:
    if own is None or escalation is None or above is None:
        return None
    return each(own + escalation * above, 1)


def _attempt_cost(sample: FirstAnswerSums, catalog: Catalog, counted_on: str, model: str, day: date) -> Decimal | None:
    """USD of one attempt of `model` with the average tokens of `sample`, which were counted on another model."""
    if not sample.requests:
        return None
    ratio = catalog.tokenizer_ratio(model) / catalog.tokenizer_ratio(counted_on)
    prompt = sample.prompt_tokens * ratio / sample.requests
    prices = catalog.card(model).prices_on(day).band(int(prompt))
    return each(tokens_cost(prices, sample) * ratio, sample.requests)


def _escalation(
    totals: Totals, task: str, present: str, tier: str, steps: int, *, top: bool
) -> tuple[Decimal | None, Basis]:
    if top:
        return ZERO, "top tier"
    own, now = first_answers(totals, task, tier), first_answers(totals, task, present)
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
    routed, control = first_answers(totals, task, tier), totals.control_calls.get(f"{task} {tier}")
    return routed.passed + control.passed, routed.checked + control.checked


def _passed_on(totals: Totals, tier: str) -> tuple[int, int]:
    """(passed, checked) of the first answers of all tasks on a tier."""
    sums = [sums for name, sums in totals.first_calls.items() if name.rpartition(" ")[2] == tier]
    return sum(one.passed for one in sums), sum(one.checked for one in sums)
