"""The source article's month through the ledger's arithmetic: a million requests of 5,000 tokens in and 2,000 out."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.support.golden_week import MODELS
from tests.support.spend import facts

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.domain.ids import new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.spend.totals import Totals

AT = datetime(2026, 11, 1, tzinfo=UTC)
USAGE = Usage(input_tokens=5000, output_tokens=2000)


def one(tier: str) -> Totals:
    """The totals of one request that a tier answered."""
    model = MODELS[tier]
    spent = cost(packaged_catalog(), model, USAGE, AT)
    low, high = baseline_cost(packaged_catalog(), model, MODELS["opus"], USAGE, AT)
    attempt = Attempt("req-1", tier, model, "known", spent, spent, USAGE, latency_ms=1000)
    record = LedgerRecord(
        new_request_id(AT, bytes(10)), "c", "t", None, "v", "routed", tier, tier, model, "settled",
        attempts=(attempt,), baseline_cost_usd=low, baseline_cost_high_usd=high,
    )  # fmt: skip
    totals = Totals()
    totals.add(facts(record))
    return totals


def times(totals: Totals, number: int) -> Totals:
    """`totals` merged with itself so often, by doubling."""
    result, power = Totals(), totals
    while number:
        if number % 2:
            result.absorb(power)
        number //= 2
        twice = Totals()
        twice.absorb(power)
        twice.absorb(power)
        power = twice
    return result


@pytest.mark.parametrize(
    ("mix", "spent", "saved"),
    [
        ((0, 0, 100), 75_000, 0),
        ((70, 20, 10), 27_000, 48_000),
        ((70, 0, 30), 33_000, 42_000),
        ((50, 30, 20), 36_000, 39_000),
    ],
)
def test_a_million_requests_cost_what_the_prices_say(mix: tuple[int, int, int], spent: int, saved: int) -> None:
    month = Totals()
    for tier, percent in zip(("haiku", "sonnet", "opus"), mix, strict=True):
        month.absorb(times(one(tier), percent * 10_000))
    whole = month.days.whole()
    assert whole.requests == 1_000_000
    assert whole.cost == Decimal(spent)
    assert whole.baseline_low == Decimal(75_000)
    assert whole.baseline_low - whole.cost == Decimal(saved)
