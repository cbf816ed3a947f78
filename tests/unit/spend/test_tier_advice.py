"""Which tier a task belongs on."""

from datetime import date
from decimal import Decimal

import pytest
from tests.support.month import Cell, month_totals
from tests.support.presets import Each, Preset

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.spend.monthly.tier_advice import Advice, advise
from model_router.domain.spend.monthly.tier_options import tier_options

#: Of Haiku against Sonnet: (0.0105 − 0.0035) / 0.0105, on the 5.5 line (0.007 − 0.00035) / 0.007.
BREAK_EVEN = Each(Decimal("0.666667"), Decimal("0.95"))


def advice(preset: Preset, present: str, *cells: Cell) -> Advice:
    rules = preset.policy().rules
    return advise(
        tier_options(month_totals(cells, preset=preset), rules, packaged_catalog(), "t", present, date(2026, 11, 1))
    )


def test_a_cheap_tier_that_is_good_is_kept(preset: Preset) -> None:
    decided = advice(preset, "haiku", Cell("t", "haiku", 200, 4))
    assert (decided.verdict, decided.tier, decided.cheapest_good) == ("keep", "haiku", "haiku")


def test_a_task_is_lowered_if_a_lower_tier_is_as_good(preset: Preset) -> None:
    decided = advice(preset, "opus", Cell("t", "opus", 100, 1), Cell("t", "sonnet", 100, 3))
    assert (decided.verdict, decided.tier) == ("lower", "sonnet")
    assert decided.why == "sonnet passes 97.0 % of its checks, opus 99.0 %, and costs less"


@pytest.mark.parametrize(("failed", "verdict"), [(5, "lower"), (6, "keep")])
def test_five_points_less_quality_are_within_the_tolerance_and_more_are_not(
    preset: Preset, failed: int, verdict: str
) -> None:
    decided = advice(
        preset, "opus", Cell("t", "opus", 100), Cell("t", "sonnet", 100, failed), Cell("t", "haiku", 100, 100)
    )
    assert decided.verdict == verdict


def test_a_tier_that_the_control_arm_beats_by_more_than_five_points_is_raised_to_the_cheapest_good_one(
    preset: Preset,
) -> None:
    decided = advice(preset, "haiku", Cell("t", "haiku", 100, 20), Cell("t", "opus", 60, 1, arm="control"))
    assert (decided.verdict, decided.tier) == ("raise", "sonnet")  # which passed all 20 that Haiku failed
    assert decided.why == "haiku passes 80.0 % of its checks, sonnet 100.0 %"


def test_a_task_is_raised_if_so_much_escalates_that_the_next_tier_is_cheaper(preset: Preset) -> None:
    # Haiku: 0.0035 + 0.7 × 0.0105 = 0.01085 > 0.0105, Sonnet at once; on the 5.5 line 0.00035 + 0.96 × 0.007 > 0.007
    decided = advice(preset, "haiku", Cell("t", "haiku", 100, preset.of(Each(70, 96))))
    assert (decided.verdict, decided.tier) == ("raise", "sonnet")
    assert decided.why == "so many requests escalate that going straight to sonnet is cheaper"


def test_a_task_that_escalates_a_little_less_is_kept(preset: Preset) -> None:
    # 0.0035 + 0.66 × 0.0105 = 0.01043 < 0.0105; on the 5.5 line 0.00035 + 0.94 × 0.007 = 0.00693 < 0.007
    assert advice(preset, "haiku", Cell("t", "haiku", 100, preset.of(Each(66, 94)))).verdict == "keep"


def test_an_unmeasured_lower_tier_that_looks_cheaper_is_proposed_with_its_break_even(preset: Preset) -> None:
    decided = advice(preset, "sonnet", Cell("t", "sonnet", 100), Cell("other", "haiku", 200, 10))
    assert (decided.verdict, decided.tier, decided.cheapest_good) == ("try lower", "haiku", "sonnet")
    assert decided.break_even == preset.of(BREAK_EVEN)
    assert decided.why.endswith(f" and up to a rate of {preset.of(Each('66.7', '95.0'))} %")


def test_a_lower_tier_without_any_measurement_is_not_proposed(preset: Preset) -> None:
    decided = advice(preset, "sonnet", Cell("t", "sonnet", 100))
    assert (decided.verdict, decided.break_even) == ("keep", preset.of(BREAK_EVEN))


def test_a_task_that_no_validator_checks_is_to_be_measured_first(preset: Preset) -> None:
    decided = advice(preset, "sonnet", Cell("t", "sonnet", 100, checked=False), Cell("other", "haiku", 100))
    assert (decided.verdict, decided.tier, decided.cheapest_good) == ("measure", "sonnet", None)
    assert "validators" in decided.why


def test_forty_nine_answers_are_too_few(preset: Preset) -> None:
    decided = advice(preset, "haiku", Cell("t", "haiku", 49, 40))
    assert (decided.verdict, decided.why) == ("measure", "49 checked answers are too few to judge by: 50 are needed")


def test_there_is_no_break_even_below_the_lowest_tier(preset: Preset) -> None:
    assert advice(preset, "haiku", Cell("t", "haiku", 60)).break_even is None
