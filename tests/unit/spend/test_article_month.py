"""The source article's month through the ledger's arithmetic: a million requests of 5,000 tokens in and 2,000 out."""

from datetime import UTC, datetime

import pytest
from tests.support.presets import Each, Preset
from tests.support.spend import facts

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.ids import new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.spend.totals.totals import Totals

AT = datetime(2026, 11, 1, tzinfo=UTC)
USAGE = Usage(input_tokens=5000, output_tokens=2000)


def one(preset: Preset, tier: str) -> Totals:
    """The totals of one request that a tier answered."""
    model = preset.model(tier)
    spent = cost(packaged_catalog(), model, USAGE, AT)
    low, high = baseline_cost(packaged_catalog(), model, preset.model("opus"), USAGE, AT)
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
        # A request is $0.015 on Haiku, $0.045 on Sonnet, $0.075 on Opus; on the 5.5 line $0.0015, $0.03 and $0.06.
        ((0, 0, 100), Each(75_000, 60_000), Each(0, 0)),
        ((70, 20, 10), Each(27_000, 13_050), Each(48_000, 46_950)),
        ((70, 0, 30), Each(33_000, 19_050), Each(42_000, 40_950)),
        ((50, 30, 20), Each(36_000, 21_750), Each(39_000, 38_250)),
    ],
)
def test_a_million_requests_cost_what_the_prices_say(
    preset: Preset, mix: tuple[int, int, int], spent: Each[int], saved: Each[int]
) -> None:
    month = Totals()
    for tier, percent in zip(("haiku", "sonnet", "opus"), mix, strict=True):
        month.absorb(times(one(preset, tier), percent * 10_000))
    whole = month.days.total()
    assert whole.requests == 1_000_000
    assert whole.cost == preset.of(spent)
    assert whole.baseline_low == preset.of(Each(75_000, 60_000))
    assert whole.baseline_low - whole.cost == preset.of(saved)
