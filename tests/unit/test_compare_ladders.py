"""What the same traffic costs on both ladders, as the README shows it."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.support.presets import CURRENT, DEFAULT, Each, Preset

from devtools.benchmarks.compare_ladders import MIX, TRAFFIC, document, spent

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_table_in_the_readme_is_what_the_command_prints() -> None:
    told = README.read_text(encoding="utf-8")
    assert "| a million requests |" in told
    assert document(told) == told, "run `python -m devtools.benchmarks.compare_ladders --write`"


@pytest.mark.parametrize("preset", [DEFAULT, CURRENT], ids=str)
def test_the_articles_mix_costs_what_hand_arithmetic_says(preset: Preset) -> None:
    # Per request, in thousandths of a dollar. Haiku 4.5: 5 + 10; Sonnet 4.6: 15 + 30; Opus 4.7, 6,500 and 2,600 tokens:
    # 32.5 + 65. Haiku 5.5: 0.65 + 1.3; Sonnet 5.5: 13 + 26; Opus 5.5: 26 + 52, all of 6,500 and 2,600 tokens.
    routed = preset.of(Each(Decimal("29250"), Decimal("16965")))
    all_on_opus = preset.of(Each(Decimal(97_500), Decimal(78_000)))
    assert spent(preset.policy(), TRAFFIC[0], MIX) == routed
    assert spent(preset.policy(), TRAFFIC[0], {"opus": 100}) == all_on_opus


def test_long_prompts_are_in_haiku_5_5s_higher_price_band() -> None:
    # 195,000 tokens at 0.50 and 2,600 at 2.50: $0.104 a request.
    assert spent(CURRENT.policy(), TRAFFIC[1], {"haiku": 100}) == Decimal(104_000)
