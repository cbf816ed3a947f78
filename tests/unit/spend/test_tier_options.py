"""What a task would cost on each tier: figures worked out by hand.

The cells have 1,000 input and 500 output tokens a call. At the catalog's prices a call is then
    Haiku 4.5   1000 × $1/M + 500 × $5/M  = $0.0010 + $0.0025 = $0.0035
    Sonnet 4.6  1000 × $3/M + 500 × $15/M = $0.0030 + $0.0075 = $0.0105
    Opus 4.7    (1000 × $5/M + 500 × $25/M) × 1.3 for its tokenizer = $0.0175 × 1.3 = $0.02275
"""

from datetime import date
from decimal import Decimal

from tests.support.month import Cell, month_totals
from tests.support.samples import rule_parameters

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.domain.routing.rules_parsing import parse
from model_router.domain.spend.tier_options import TierOption, tier_options

DAY = date(2026, 11, 1)


def options(present: str, *cells: Cell, task: str = "classification", preset: str = "default") -> dict[str, TierOption]:
    rules = parse(rule_parameters(tiers=_CURRENT) if preset == "current" else rule_parameters())
    found = tier_options(month_totals(cells), rules, packaged_catalog(), task, present, DAY)
    return {option.tier: option for option in found}


_CURRENT = {
    "tiers": [
        {"name": "haiku", "model": "claude-haiku-5-5"},
        {"name": "sonnet", "model": "claude-sonnet-5-5"},
        {"name": "opus", "model": "claude-opus-5-5"},
    ]
}


def test_a_call_is_priced_on_every_tier_and_its_tokens_are_converted_between_tokenizers() -> None:
    found = options("haiku", Cell("classification", "haiku", 100))
    assert [option.call_cost for option in found.values()] == [Decimal("0.0035"), Decimal("0.0105"), Decimal("0.02275")]
    assert [option.steps for option in found.values()] == [0, 1, 2]


def test_from_a_newer_tokenizer_to_an_older_one_there_are_fewer_tokens() -> None:
    found = options("opus", Cell("classification", "opus", 100))
    assert found["opus"].call_cost == Decimal("0.0175")
    assert found["sonnet"].call_cost == Decimal("0.008076923077")  # $0.0105 ÷ 1.3


def test_the_price_band_is_that_of_the_average_prompt() -> None:
    short = options("haiku", Cell("classification", "haiku", 60, 0, 90_000, 0), preset="current")
    long = options("haiku", Cell("classification", "haiku", 60, 0, 110_000, 0), preset="current")
    # counted on Haiku 4.5's tokenizer in the cells, but the present tier's model is now Haiku 5.5: no conversion
    assert short["haiku"].call_cost == Decimal("0.009")  # 90,000 × $0.10/M
    assert long["haiku"].call_cost == Decimal("0.055")  # 110,000 × $0.50/M


def test_escalation_is_measured_where_fifty_requests_tell() -> None:
    found = options("haiku", Cell("classification", "haiku", 100, 10))
    assert (found["haiku"].escalation, found["haiku"].basis) == (Decimal("0.1"), "measured")
    assert found["haiku"].expected_cost == Decimal("0.00455")  # 0.0035 + 10 % of 0.0105


def test_nothing_escalates_from_the_top() -> None:
    found = options("haiku", Cell("classification", "haiku", 100, 10))
    assert (found["opus"].escalation, found["opus"].basis) == (Decimal(0), "top tier")
    assert found["opus"].expected_cost == found["opus"].call_cost


def test_one_tier_up_what_failed_twice_tells_and_what_passed_here_passes_there() -> None:
    found = options("haiku", Cell("classification", "haiku", 100, 20))
    assert (found["sonnet"].escalation, found["sonnet"].basis) == (Decimal(0), "failed twice")
    assert found["sonnet"].estimated_pass_rate == 1
    assert found["sonnet"].pass_rate is None
    assert not found["sonnet"].measured


def test_one_tier_down_the_worst_that_other_tasks_there_make_likely_is_taken() -> None:
    cells = (Cell("summarization", "sonnet", 100), Cell("classification", "haiku", 100, 10))
    found = options("sonnet", *cells, task="summarization")["haiku"]
    # 90 of 100 passed: Wilson's lower bound is 0.825634, so at most 17.4366 % fail
    assert (found.escalation, found.basis) == (Decimal("0.174366"), "all tasks on that tier")
    assert found.expected_cost == Decimal("0.005330843")  # 0.0035 + 0.174366 × 0.0105


def test_one_tier_down_without_any_measurement_nothing_is_expected() -> None:
    found = options("sonnet", Cell("summarization", "sonnet", 100), task="summarization")["haiku"]
    assert (found.escalation, found.basis, found.expected_cost) == (None, "unknown", None)
    assert found.call_cost == Decimal("0.0035")


def test_what_nothing_checks_escalates_nowhere() -> None:
    found = options("sonnet", Cell("translation", "sonnet", 60, checked=False), task="translation")
    assert (found["haiku"].escalation, found["haiku"].basis) == (Decimal(0), "not checked")
    assert found["sonnet"].pass_rate is None


def test_the_control_arms_answers_count_for_quality_and_not_for_escalation() -> None:
    cells = (Cell("classification", "haiku", 100, 5), Cell("classification", "opus", 60, 3, arm="control"))
    found = options("haiku", *cells)["opus"]
    assert found.pass_rate is not None
    assert (found.pass_rate.value, found.checked, found.measured) == (Decimal("0.95"), 60, True)


def test_few_cases_are_told_and_not_taken_for_a_measurement() -> None:
    found = options("haiku", Cell("classification", "haiku", 49))["haiku"]
    assert (found.checked, found.measured) == (49, False)


def test_a_task_without_traffic_on_its_tier_has_no_price() -> None:
    found = options("haiku", Cell("classification", "sonnet", 60))
    assert {option.call_cost for option in found.values()} == {None}
    assert found["haiku"].expected_cost is None
