"""What a task would cost on each tier: figures worked out by hand.

The cells have 1,000 input and 500 output tokens a call. At the catalog's prices a call is then
    Haiku 4.5   1000 × $1/M + 500 × $5/M  = $0.0010 + $0.0025 = $0.0035
    Sonnet 4.6  1000 × $3/M + 500 × $15/M = $0.0030 + $0.0075 = $0.0105
    Opus 4.7    (1000 × $5/M + 500 × $25/M) × 1.3 for its tokenizer = $0.0175 × 1.3 = $0.02275
and on the 5.5 line, which has one tokenizer,
    Haiku 5.5   1000 × $0.10/M + 500 × $0.50/M = $0.00010 + $0.00025 = $0.00035
    Sonnet 5.5  1000 × $2/M + 500 × $10/M = $0.0020 + $0.0050 = $0.0070
    Opus 5.5    1000 × $4/M + 500 × $20/M = $0.0040 + $0.0100 = $0.0140
"""

from datetime import date
from decimal import Decimal

from tests.support.month import Cell, month_totals
from tests.support.presets import CURRENT, DEFAULT, Each, Preset

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.spend.monthly.tier_options import TierOption, tier_options

DAY = date(2026, 11, 1)


def options(preset: Preset, present: str, *cells: Cell, task: str = "classification") -> dict[str, TierOption]:
    rules, totals = preset.policy().rules, month_totals(cells, preset=preset)
    found = tier_options(totals, rules, packaged_catalog(), task, present, DAY)
    return {option.tier: option for option in found}


def test_a_call_is_priced_on_every_tier_and_its_tokens_are_converted_between_tokenizers(preset: Preset) -> None:
    found = options(preset, "haiku", Cell("classification", "haiku", 100))
    told = preset.of(Each(("0.0035", "0.0105", "0.02275"), ("0.00035", "0.0070", "0.0140")))
    assert [option.call_cost_usd for option in found.values()] == [Decimal(usd) for usd in told]
    assert [option.steps for option in found.values()] == [0, 1, 2]


def test_from_a_newer_tokenizer_to_an_older_one_there_are_fewer_tokens() -> None:
    found = options(DEFAULT, "opus", Cell("classification", "opus", 100))
    assert found["opus"].call_cost_usd == Decimal("0.0175")
    assert found["sonnet"].call_cost_usd == Decimal("0.008076923077")  # $0.0105 ÷ 1.3


def test_the_price_band_of_haiku_5_5_is_that_of_the_average_prompt() -> None:
    short = options(CURRENT, "haiku", Cell("classification", "haiku", 60, 0, 90_000, 0))
    long = options(CURRENT, "haiku", Cell("classification", "haiku", 60, 0, 110_000, 0))
    assert short["haiku"].call_cost_usd == Decimal("0.009")  # 90,000 × $0.10/M
    assert long["haiku"].call_cost_usd == Decimal("0.055")  # 110,000 × $0.50/M


def test_escalation_is_measured_where_fifty_requests_tell(preset: Preset) -> None:
    found = options(preset, "haiku", Cell("classification", "haiku", 100, 10))
    assert (found["haiku"].escalation_rate, found["haiku"].escalation_basis) == (Decimal("0.1"), "measured")
    # 0.0035 + 10 % of 0.0105, on the 5.5 line 0.00035 + 10 % of 0.0070
    assert found["haiku"].expected_cost_usd == preset.of(Each(Decimal("0.00455"), Decimal("0.00105")))


def test_nothing_escalates_from_the_top(preset: Preset) -> None:
    found = options(preset, "haiku", Cell("classification", "haiku", 100, 10))
    assert (found["opus"].escalation_rate, found["opus"].escalation_basis) == (Decimal(0), "top tier")
    assert found["opus"].expected_cost_usd == found["opus"].call_cost_usd


def test_one_tier_up_what_failed_twice_tells_and_what_passed_here_passes_there(preset: Preset) -> None:
    found = options(preset, "haiku", Cell("classification", "haiku", 100, 20))
    assert (found["sonnet"].escalation_rate, found["sonnet"].escalation_basis) == (Decimal(0), "failed twice")
    assert found["sonnet"].estimated_pass_rate == 1
    assert found["sonnet"].pass_rate is None
    assert not found["sonnet"].measured


def test_one_tier_down_the_worst_that_other_tasks_there_make_likely_is_taken(preset: Preset) -> None:
    cells = (Cell("summarization", "sonnet", 100), Cell("classification", "haiku", 100, 10))
    found = options(preset, "sonnet", *cells, task="summarization")["haiku"]
    # 90 of 100 passed: Wilson's lower bound is 0.825634, so at most 17.4366 % fail
    assert (found.escalation_rate, found.escalation_basis) == (Decimal("0.174366"), "all tasks on that tier")
    # 0.0035 + 0.174366 × 0.0105, on the 5.5 line 0.00035 + 0.174366 × 0.0070
    assert found.expected_cost_usd == preset.of(Each(Decimal("0.005330843"), Decimal("0.001570562")))


def test_one_tier_down_without_any_measurement_nothing_is_expected(preset: Preset) -> None:
    found = options(preset, "sonnet", Cell("summarization", "sonnet", 100), task="summarization")["haiku"]
    assert (found.escalation_rate, found.escalation_basis, found.expected_cost_usd) == (None, "unknown", None)
    assert found.call_cost_usd == preset.of(Each(Decimal("0.0035"), Decimal("0.00035")))


def test_what_nothing_checks_escalates_nowhere(preset: Preset) -> None:
    found = options(preset, "sonnet", Cell("translation", "sonnet", 60, checked=False), task="translation")
    assert (found["haiku"].escalation_rate, found["haiku"].escalation_basis) == (Decimal(0), "not checked")
    assert found["sonnet"].pass_rate is None


def test_the_control_arms_answers_count_for_quality_and_not_for_escalation(preset: Preset) -> None:
    cells = (Cell("classification", "haiku", 100, 5), Cell("classification", "opus", 60, 3, arm="control"))
    found = options(preset, "haiku", *cells)["opus"]
    assert found.pass_rate is not None
    assert (found.pass_rate.value, found.checked, found.measured) == (Decimal("0.95"), 60, True)


def test_few_cases_are_listed_and_are_not_a_measurement(preset: Preset) -> None:
    found = options(preset, "haiku", Cell("classification", "haiku", 49))["haiku"]
    assert (found.checked, found.measured) == (49, False)


def test_a_task_without_traffic_on_its_tier_has_no_price(preset: Preset) -> None:
    found = options(preset, "haiku", Cell("classification", "sonnet", 60))
    assert {option.call_cost_usd for option in found.values()} == {None}
    assert found["haiku"].expected_cost_usd is None
