"""What a call costs, to the last digit."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from devtools.claude_standin.billing.invoice import cost
from devtools.claude_standin.billing.usage import Usage, override, wire
from devtools.claude_standin.models import TABLE, find

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MILLION = 1_000_000


def price(name: str, usage: Usage, at: datetime = NOW, geo: str | None = None) -> Decimal:
    model = find(name)
    assert model is not None
    return cost(model, usage, at, geo)


@pytest.mark.parametrize(
    ("model", "expected"),
    [("claude-haiku-4-5", "9.35"), ("claude-sonnet-4-6", "28.05"), ("claude-opus-4-7", "46.75")],
)
def test_every_kind_of_token_has_its_price(model: str, expected: str) -> None:
    usage = Usage(MILLION, MILLION, MILLION, MILLION, MILLION)
    assert price(model, usage) == Decimal(expected)


def test_the_articles_request_costs_what_it_says() -> None:
    assert price("claude-opus-4-7", Usage(input=5000, output=2000)) == Decimal("0.075")


def test_a_prompt_over_the_band_reprices_every_token_and_the_cache_counts_towards_it() -> None:
    assert price("claude-haiku-5-5", Usage(input=100_000, output=1000)) == Decimal("0.0105")
    assert price("claude-haiku-5-5", Usage(input=1, cache_read=100_000, output=1000)) == Decimal("0.0075005")


def test_a_price_is_the_one_in_force_at_the_time() -> None:
    usage = Usage(cache_read=MILLION)
    before = datetime(2026, 10, 6, 23, 59, 59, tzinfo=UTC)
    assert price("claude-sonnet-5-5", usage, before) == Decimal("0.20")
    assert price("claude-sonnet-5-5", usage, datetime(2026, 10, 7, tzinfo=UTC)) == Decimal("0.10")


def test_the_us_costs_a_tenth_more_on_tokens_and_not_on_searches() -> None:
    usage = Usage(input=MILLION, web_searches=2)
    assert price("claude-sonnet-4-6", usage, geo="us") == Decimal("3.32")
    assert price("claude-sonnet-4-6", usage, geo="global") == Decimal("3.02")


def test_every_model_has_a_price() -> None:
    assert all(cost(model, Usage(1, 1, 1, 1, 1), NOW) > 0 for model in TABLE)


def test_thinking_is_inside_output_and_not_billed_again() -> None:
    assert price("claude-opus-4-7", Usage(output=100, thinking=60)) == price("claude-opus-4-7", Usage(output=100))


def test_a_sparse_usage_writes_nulls_for_what_is_zero_and_only_for_that() -> None:
    sparse = wire(Usage(input=3, output=4), inference_geo=None, sparse=True)
    assert (sparse["input_tokens"], sparse["output_tokens"]) == (3, 4)
    assert sparse["cache_read_input_tokens"] is None
    assert sparse["cache_creation"] is None
    full = wire(Usage(input=3, cache_write_1h=7, cache_read=2), inference_geo="us", sparse=True)
    assert full["cache_creation"] == {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 7}
    assert (full["cache_read_input_tokens"], full["inference_geo"]) == (2, "us")


def test_an_overridden_usage_is_billed() -> None:
    changed = override(Usage(input=3, output=4, cache_read=9), {"output_tokens": 40, "cache_read_input_tokens": None})
    assert changed == Usage(input=3, output=40)
