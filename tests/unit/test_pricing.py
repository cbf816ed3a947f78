from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.support.presets import Each, Preset

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost, cost_bound, tidy

CATALOG = packaged_catalog()
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "usage", "usd"),
    [
        ("claude-haiku-4-5", Usage(5_000, 2_000), "0.015"),
        ("claude-sonnet-4-6", Usage(5_000, 2_000), "0.045"),
        ("claude-opus-4-7", Usage(5_000, 2_000), "0.075"),
        ("claude-haiku-4-5-20251001", Usage(1, 0), "0.000001"),
        ("claude-opus-4-7", Usage(cache_write_5m_tokens=1_000_000), "6.25"),
        ("claude-opus-4-7", Usage(cache_write_1h_tokens=1_000_000), "10"),
        ("claude-opus-4-7", Usage(cache_read_tokens=1_000_000), "0.5"),
        ("claude-haiku-5-5", Usage(100_000, 1_000), "0.0105"),
        ("claude-haiku-5-5", Usage(100_001, 1_000), "0.0525005"),
        ("claude-haiku-5-5", Usage(1, 1_000, cache_read_tokens=100_000), "0.0075005"),
        ("claude-sonnet-4-6", Usage(1_000_000, inference_geo="us"), "3.3"),
        ("claude-haiku-4-5", Usage(1_000_000, inference_geo="us"), "1"),
        ("claude-opus-4-7", Usage(1_000_000, 100_000, batch=True), "3.75"),
        ("claude-sonnet-4-6", Usage(web_searches=3), "0.03"),
        ("claude-sonnet-4-6", Usage(), "0"),
    ],
)
def test_cost_is_exactly_tokens_times_price(model: str, usage: Usage, usd: str) -> None:
    assert cost(CATALOG, model, usage, NOW) == Decimal(usd)


def test_the_price_is_the_one_in_force_at_the_requests_time() -> None:
    usage = Usage(cache_read_tokens=1_000_000)
    before = datetime(2026, 10, 6, 23, 59, 59, tzinfo=UTC)
    assert cost(CATALOG, "claude-sonnet-5-5", usage, before) == Decimal("0.2")
    assert cost(CATALOG, "claude-sonnet-5-5", usage, datetime(2026, 10, 7, tzinfo=UTC)) == Decimal("0.1")


def test_usage_is_read_with_null_and_missing_fields() -> None:
    told = {
        "input_tokens": 3,
        "output_tokens": 4,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
        "cache_read_input_tokens": None,
        "server_tool_use": {"web_search_requests": 2},
        "inference_geo": "us",
        "service_tier": "batch",
    }
    assert Usage.from_claude(told) == Usage(3, 4, 10, 20, 0, 2, "us", batch=True)
    nothing = dict.fromkeys(told)
    assert Usage.from_claude(nothing) == Usage()
    assert Usage.from_claude({}) == Usage()


def test_cache_writes_without_a_breakdown_are_five_minute_ones() -> None:
    assert Usage.from_claude({"cache_creation_input_tokens": 9}).cache_write_5m_tokens == 9


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
def test_the_bound_is_never_below_a_cost_that_it_bounds(preset: Preset, tier: str) -> None:
    bound = cost_bound(CATALOG, preset.model(tier), 100_001, 1_000, NOW)
    dearest = Usage(cache_write_1h_tokens=100_001, output_tokens=1_000, inference_geo="us")
    assert cost(CATALOG, preset.model(tier), dearest, NOW) <= bound


@pytest.mark.parametrize(
    ("shares", "usd"),
    [
        # A request is $0.015 on Haiku, $0.045 on Sonnet, $0.075 on Opus; on the 5.5 line $0.0015, $0.03 and $0.06.
        ((0, 0, 100), Each(75_000, 60_000)),
        ((70, 20, 10), Each(27_000, 13_050)),
        ((70, 0, 30), Each(33_000, 19_050)),
        ((50, 30, 20), Each(36_000, 21_750)),
    ],
)
def test_the_articles_month_costs_what_the_prices_say(
    preset: Preset, shares: tuple[int, int, int], usd: Each[int]
) -> None:
    tiers = zip(("haiku", "sonnet", "opus"), shares, strict=True)
    each = Usage(5_000, 2_000)
    spent = [10_000 * share * cost(CATALOG, preset.model(tier), each, NOW) for tier, share in tiers]
    assert sum(spent) == preset.of(usd)


def test_the_baseline_is_low_as_counted_and_high_by_the_tokenizer(preset: Preset) -> None:
    haiku, opus = preset.model("haiku"), preset.model("opus")
    found = baseline_cost(CATALOG, haiku, opus, Usage(5_000, 2_000), NOW)
    # Opus 4.7 counts a text 1.3 times as high as Haiku 4.5: 0.075 × 1.3; the 5.5 line has one tokenizer.
    assert found == preset.of(Each((Decimal("0.075"), Decimal("0.0975")), (Decimal("0.06"), Decimal("0.06"))))
    same = baseline_cost(CATALOG, opus, opus, Usage(5_000, 2_000), NOW)
    assert same == preset.of(Each((Decimal("0.075"), Decimal("0.075")), (Decimal("0.06"), Decimal("0.06"))))


@pytest.mark.parametrize(
    ("given", "shown"), [("0.0150", "0.015"), ("75000", "75000"), ("7.5E+4", "75000"), ("0E-9", "0")]
)
def test_amounts_are_tidy(given: str, shown: str) -> None:
    assert str(tidy(Decimal(given))) == shown


def test_an_amount_of_any_size_is_tidy() -> None:
    assert str(tidy(Decimal(10**200))) == "1" + "0" * 200
