"""What an application would have cost one tier lower, against figures worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest
from tests.support.samples import policy

from model_router.domain.spend.amounts import wilson
from model_router.domain.spend.totals.sums import ApplicationSums, FirstAnswerSums
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.applications import ByTier
from router_cli.app_figures import MIN_CASES, OneTierDown

DAY = date(2026, 11, 27)
APP = "app_0123456789abcdef"


def sums(requests: int = 100, *, cost: str, checked: int = 0, passed: int = 0) -> ApplicationSums:
    """Requests with 1,000 tokens in and 100 out each."""
    return ApplicationSums(
        input_tokens=1000 * requests,
        output_tokens=100 * requests,
        requests=requests,
        cost=Decimal(cost),
        eligible=requests,
        checked=checked,
        passed=passed,
    )


def cost(totals: Totals, **tiers: ApplicationSums) -> Decimal | None:
    found: ByTier = totals.applications[APP]
    for tier, one in tiers.items():
        found[tier].absorb(one)
    return OneTierDown(totals, (ladder := policy()).rules, ladder.catalog, DAY).cost(found)


def test_answers_that_nothing_checks_cost_what_the_lower_tier_asks() -> None:
    # Sonnet 1000 × 3 + 100 × 15 = .0045, Haiku 1000 × 1 + 100 × 5 = .0015 each.
    assert cost(Totals(), sonnet=sums(cost="0.45")) == Decimal("0.15")


def test_what_escalations_and_other_tiers_cost_stays() -> None:
    assert cost(Totals(), sonnet=sums(cost="0.50"), haiku=sums(cost="0.15")) == Decimal("0.35")


def test_tokens_are_converted_to_those_of_the_lower_tier() -> None:
    # Opus 1000 × 5 + 100 × 25 = .0075; its tokenizer makes 1.3 tokens of one of Sonnet's: .0045 / 1.3.
    found = cost(Totals(), opus=sums(cost="0.75"))
    assert found is not None
    assert found == pytest.approx(Decimal("0.45") / Decimal("1.3"), abs=Decimal("1e-9"))


def test_answers_that_fail_below_cost_the_present_tier_as_well() -> None:
    totals = Totals()
    totals.first_calls["classification haiku"].absorb(FirstAnswerSums(requests=60, checked=60, passed=57))
    found = cost(totals, sonnet=sums(cost="0.45", checked=100, passed=99))
    bounds = wilson(57, 60)
    assert found is not None
    assert bounds is not None
    assert found == pytest.approx(Decimal("0.15") + Decimal("0.45") * (1 - bounds.low), abs=Decimal("1e-9"))


def test_its_own_answers_below_count_before_those_of_all_tasks() -> None:
    totals = Totals()
    totals.first_calls["classification haiku"].absorb(FirstAnswerSums(requests=900, checked=900, passed=0))
    own = sums(MIN_CASES, cost="0.075", checked=MIN_CASES, passed=MIN_CASES)
    found = cost(totals, sonnet=sums(cost="0.45", checked=100, passed=99), haiku=own)
    assert found is not None
    assert found < Decimal("0.3")


def test_nothing_is_said_without_evidence_or_a_lower_tier() -> None:
    assert cost(Totals(), sonnet=sums(cost="0.45", checked=100, passed=99)) is None
    assert cost(Totals(), haiku=sums(cost="0.15")) is None
    assert cost(Totals(), other=sums(cost="0.15")) is None
