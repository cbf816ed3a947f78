"""The bound that is held before a call: whatever Claude's side does within it, the bill is not above it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.estimate.estimate import upper_bound_tokens
from model_router.domain.estimate.request_inventory import take_inventory
from model_router.domain.money.call_bound import call_bound
from model_router.domain.money.pricing import Usage, cost

CATALOG = packaged_catalog()
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
MODELS = sorted(CATALOG.served())
ROUNDS = 10
SEARCH = {"type": "web_search_20260209", "name": "web_search", "max_uses": 3}
FETCH = {"type": "web_fetch_20250910", "name": "web_fetch"}
ADVISOR = {"type": "advisor_20260301", "name": "advisor"}
COMPACT = {"edits": [{"type": "compact_20260112"}]}


@st.composite
def readings(draw: st.DrawFn, most_input: int, max_tokens: int) -> Usage:
    """One reading of a prompt, however it is cached, and its answer."""
    whole = draw(st.integers(0, most_input))
    cached = draw(st.integers(0, whole))
    one_hour = draw(st.integers(0, cached))
    return Usage(
        input_tokens=whole - cached,
        cache_write_1h_tokens=one_hour,
        cache_read_tokens=cached - one_hour,
        output_tokens=draw(st.integers(0, max_tokens)),
        inference_geo=draw(st.sampled_from((None, "us"))),
    )


def bills(parts: list[tuple[str, Usage]]) -> list[Decimal]:
    """What the readings cost together, each at its own price band or all at the band of their sum."""
    each = sum((cost(CATALOG, model, usage, NOW) for model, usage in parts), Decimal(0))
    by_model: dict[str, Usage] = {}
    for model, usage in parts:
        by_model[model] = by_model[model].plus(usage) if model in by_model else usage
    return [each, sum((cost(CATALOG, model, usage, NOW) for model, usage in by_model.items()), Decimal(0))]


def body(**fields: Any) -> dict[str, Any]:
    return {"max_tokens": 1000, "messages": [{"role": "user", "content": "Look it up."}], **fields}


def bound(model: str, asked: dict[str, Any]) -> Decimal:
    return call_bound(CATALOG, model, asked, upper_bound_tokens(take_inventory(asked)), asked["max_tokens"], NOW)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), model=st.sampled_from(MODELS))
def test_a_loop_of_server_tools_never_costs_more_than_its_bound(data: st.DataObject, model: str) -> None:
    tools = data.draw(
        st.sampled_from(([SEARCH], [FETCH], [SEARCH, FETCH], [SEARCH, {"name": "f", "input_schema": {}}]))
    )
    asked = body(tools=tools)
    if data.draw(st.booleans()):
        asked = body(mcp_servers=[{"type": "url", "url": "https://x", "name": "x"}], tools=[SEARCH])
    reading = readings(CATALOG.models[model].context_window, 1000)
    parts = [(model, data.draw(reading)) for _ in range(data.draw(st.integers(1, ROUNDS + 1)))]
    searches = cost(CATALOG, model, Usage(web_searches=3), NOW)
    assert all(bill + searches <= bound(model, asked) for bill in bills(parts))


def test_the_most_expensive_loop_costs_all_of_its_bound() -> None:
    for model in MODELS:
        card = CATALOG.models[model]
        geo = None if card.us_inference_multiplier is None else "us"
        dearest = Usage(cache_write_1h_tokens=card.context_window, output_tokens=1000, inference_geo=geo)
        parts = [(model, dearest)] * (ROUNDS + 1)
        assert bills(parts)[0] == bound(model, body(tools=[FETCH]))


@settings(max_examples=100, deadline=None)
@given(data=st.data(), model=st.sampled_from(MODELS))
def test_compaction_other_models_and_fast_mode_are_in_the_bound(data: st.DataObject, model: str) -> None:
    compacts, falls_back, advised, fast = (data.draw(st.booleans()) for _ in range(4))
    asked = body(
        tools=[ADVISOR] if advised else [],
        context_management=COMPACT if compacts else {},
        fallbacks="default" if falls_back else None,
        speed="fast" if fast else "standard",
    )
    passes, card = ROUNDS + 1 if advised else 1, CATALOG.models[model]
    prompt = upper_bound_tokens(take_inventory(asked)) or card.context_window
    parts = [(model, data.draw(readings(prompt, 1000))) for _ in range(passes)]
    if compacts:
        summary = readings(card.context_window, card.max_output_tokens)
        parts += [(model, data.draw(summary)) for _ in range(passes)]
    for _ in range((3 * falls_back + advised) * passes):
        other = data.draw(st.sampled_from(MODELS))
        whole = readings(CATALOG.models[other].context_window, CATALOG.models[other].max_output_tokens)
        parts.append((other, data.draw(whole)))
    assert all(bill * (2 if fast else 1) <= bound(model, asked) for bill in bills(parts))


@pytest.mark.parametrize(
    "hidden",
    [
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="}},
        {"type": "document", "source": {"type": "url", "url": "https://x/y.pdf"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
    ],
    ids=["a PDF, whatever its bytes draw", "a document elsewhere", "a file"],
)
def test_what_cannot_be_counted_from_here_is_bounded_by_the_context_window(hidden: dict[str, Any]) -> None:
    asked = body(messages=[{"role": "user", "content": [hidden]}])
    for model in MODELS:
        card = CATALOG.models[model]
        geo = None if card.us_inference_multiplier is None else "us"
        most = Usage(cache_write_1h_tokens=card.context_window, output_tokens=1000, inference_geo=geo)
        assert cost(CATALOG, model, most, NOW) == bound(model, asked)


def test_the_rest_of_a_thread_is_not_in_the_body_and_counts_as_the_whole_window() -> None:
    asked = body(thread={"type": "continue", "previous_message_id": "msg_1"})
    assert upper_bound_tokens(take_inventory(asked)) is None


def test_a_prompt_over_the_context_window_is_refused_unbilled_and_bounded_by_the_window() -> None:
    model = MODELS[0]
    window = CATALOG.models[model].context_window
    assert call_bound(CATALOG, model, body(), 10 * window, 1000, NOW) == call_bound(
        CATALOG, model, body(), None, 1000, NOW
    )
