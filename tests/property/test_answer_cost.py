"""The true bill of any answer is within the computed range; the range of a complete answer has zero width."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.answer_cost import answer_cost
from model_router.domain.money.answer_parts import PricedCall
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.call_bound import call_bound
from model_router.domain.money.pricing import ModelUsage, Usage, cost

CATALOG = packaged_catalog()
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MODELS = sorted(CATALOG.models)
FLAT = [model for model in MODELS if len(CATALOG.models[model].prices[-1].bands) == 1]
COUNTS = st.integers(0, 20_000)


@st.composite
def samplings(draw: st.DrawFn) -> Usage:
    counted, written, read = draw(COUNTS), (draw(COUNTS), draw(COUNTS)), draw(COUNTS)
    return Usage(counted, draw(COUNTS), *written, read)


def wire(usage: Usage, *, split: bool = True) -> dict[str, Any]:
    """A usage object, without the split of its cache writes where that is withheld."""
    five, hour = usage.cache_write_5m_tokens, usage.cache_write_1h_tokens
    told = {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour}
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_creation_input_tokens": five + hour,
        "cache_creation": told if split else None,
        "cache_read_input_tokens": usage.cache_read_tokens,
    }


def total(usages: list[Usage]) -> Usage:
    whole = Usage()
    for usage in usages:
        whole = whole.plus(usage)
    return whole


@settings(max_examples=150, deadline=None)
@given(data=st.data(), model=st.sampled_from(MODELS), readings=st.lists(samplings(), min_size=1, max_size=4))
def test_the_true_bill_of_an_answer_is_within_its_range(data: st.DataObject, model: str, readings: list[Usage]) -> None:
    split, listed, named, by_reading, fast, us = (data.draw(st.booleans(), label=name) for name in (
        "split told", "iterations told", "advisor named", "band by reading", "fast", "us"))  # fmt: skip
    advice = data.draw(st.lists(st.tuples(st.sampled_from(MODELS), samplings()), max_size=2)) if listed else []
    asked = {
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
        "tools": [{"type": "advisor_20260301", "name": "a", "model": adviser} for adviser, _ in advice],
        **({"speed": "fast"} if fast else {}),
    }
    whole = total(readings)
    told = wire(whole, split=split) | {"inference_geo": "us" if us else None, "speed": "fast" if fast else None}
    if listed:
        told["iterations"] = [{"type": "message", **wire(reading, split=split)} for reading in readings] + [
            {"type": "advisor_message", "model": adviser if named else None, **wire(usage, split=split)}
            for adviser, usage in advice
        ]
    content = [{"type": "server_tool_use"}] if len(readings) > 1 else []
    found = answer_cost(CATALOG, PricedCall(model, asked, NOW), {"usage": told, "content": content})
    billed = readings if by_reading else [whole]
    true = sum((priced(model, usage, fast, us) for usage in billed), Decimal(0))
    true += sum((priced(adviser, usage, fast, us) for adviser, usage in advice), Decimal(0))
    assert found.least <= true <= found.most
    all_told = split and (named or not advice) and not (fast and advice) and one_band(model, readings, listed=listed)
    fast_price = not fast or CATALOG.models[model].fast_multiplier is not None
    if all_told and fast_price:
        assert found.least == found.most == true
    low, high = baseline_cost(CATALOG, model, model, found.usage, NOW, found.other_models)
    assert low == high
    if found.least == found.most:
        assert low == found.least


def priced(model: str, usage: Usage, fast: bool, us: bool) -> Decimal:
    """USD by the catalog's prices, fast mode as twice the list where the card has none."""
    return cost(CATALOG, model, replace(usage, inference_geo="us" if us else None, fast=fast), NOW)


def one_band(model: str, readings: list[Usage], *, listed: bool) -> bool:
    if model in FLAT or len(readings) == 1:
        return True
    lengths = [total(readings).prompt_tokens, *(reading.prompt_tokens for reading in readings)]
    return listed and len({length > 100_000 for length in lengths}) == 1


@settings(max_examples=150, deadline=None)
@given(data=st.data(), model=st.sampled_from(MODELS))
def test_no_answer_that_a_request_allows_costs_more_than_its_bound(data: st.DataObject, model: str) -> None:
    fallback, adviser = data.draw(st.sampled_from(MODELS)), data.draw(st.sampled_from(MODELS))
    fast = data.draw(st.booleans())
    asked: dict[str, Any] = {
        "max_tokens": 20_000,
        "fallbacks": [{"model": fallback}],
        "tools": [{"type": "advisor_20260301", "name": "a", "model": adviser}],
        "speed": "fast" if fast else "standard",
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }
    declined, served, advice = (data.draw(samplings()) for _ in range(3))
    told = wire(served, split=False) | {
        "speed": data.draw(st.sampled_from(("fast", "standard", None))) if fast else "standard",
        "iterations": [
            {"type": "message", "model": model, **wire(declined, split=False)},
            {"type": "advisor_message", "model": adviser, **wire(advice, split=False)},
            {"type": "fallback_message", "model": fallback, **wire(served, split=False)},
        ],
    }
    found = answer_cost(CATALOG, PricedCall(model, asked, NOW), {"usage": told, "content": []})
    assert found.most <= call_bound(CATALOG, model, asked, 80_000, 20_000, NOW)


@settings(max_examples=100, deadline=None)
@given(model=st.sampled_from(FLAT), usage=samplings(), other=st.sampled_from(MODELS), more=samplings())
def test_what_other_models_did_costs_the_same_without_the_router(
    model: str, usage: Usage, other: str, more: Usage
) -> None:
    alone, _ = baseline_cost(CATALOG, model, model, usage, NOW)
    together, _ = baseline_cost(CATALOG, model, model, usage, NOW, [ModelUsage(other, more)])
    assert together - alone == cost(CATALOG, other, more, NOW)
