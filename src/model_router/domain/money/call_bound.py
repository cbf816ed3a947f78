"""The upper bound of a call's cost, including what Anthropic may run within it after one reading of the prompt.

    server tools, MCP          the prompt is read again after each round of tools, with their results
    compaction                 a reading that writes a summary may precede each reading
    fallbacks, advisor tool    other models read the prompt too: the most expensive of those in the body
    fast mode                  the model's fast price

Sources (2026-10-08): Anthropic's pages on server tools, compaction, the advisor tool, fallbacks and prices.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from model_router.domain.catalog import Catalog
from model_router.domain.estimate.request_inventory import is_server_tool
from model_router.domain.money.called_models import (
    MAX_FALLBACKS,
    advisor_models,
    advisors,
    asks_for_fast_mode,
    fallback_models,
)
from model_router.domain.money.pricing import ZERO, cost_bound
from model_router.domain.money.searches import search_bound

MAX_SERVER_TOOL_PASSES: Final = 11
"""Readings of the prompt in one call: Anthropic's loop ends with `pause_turn` after 10 rounds of tools."""


def call_bound(
    catalog: Catalog,
    model: str,
    body: Mapping[str, object],
    input_bound: int | None,
    max_tokens: int,
    at: datetime,
    tool_passes: int = MAX_SERVER_TOOL_PASSES,
) -> Decimal:
    """The upper bound of one call in USD.

    `input_bound` is the bound of the prompt's tokens, or None if they cannot be counted; Claude refuses more than the
    model's context window for free. `tool_passes` is the largest number of readings of the prompt in a call with server
    tools. Web searches without `max_uses` are not included, because they have no bound.
    """
    card = catalog.card_for_bound(model)
    window = card.context_window
    most_input = window if input_bound is None else min(input_bound, window)
    passes = tool_passes if uses_server_tools(body) else 1
    fast = asks_for_fast_mode(body)
    total = passes * cost_bound(catalog, model, most_input, max_tokens, at, fast=fast)
    if _compacts(body):
        total += passes * cost_bound(catalog, model, card.context_window, card.max_output_tokens, at, fast=fast)
    fallbacks = _fallbacks(body) * _most_expensive(catalog, fallback_models(catalog, body), at, fast)
    advice = len(advisors(body)) * _most_expensive(catalog, advisor_models(catalog, body), at, fast)
    return total + passes * (fallbacks + advice) + search_bound(catalog, body)


def reads_more_than_its_prompt(body: Mapping[str, object]) -> bool:
    """Whether the final usage may have more input than the usage at the beginning of the answer."""
    return uses_server_tools(body) or _compacts(body) or _fallbacks(body) > 0 or bool(advisors(body))


def uses_server_tools(body: Mapping[str, object]) -> bool:
    """Whether Anthropic runs tools within the call."""
    tools = body.get("tools")
    return bool(body.get("mcp_servers")) or (isinstance(tools, list) and any(map(is_server_tool, tools)))


def _compacts(body: Mapping[str, object]) -> bool:
    management = body.get("context_management")
    return bool(body.get("compaction")) or "compact" in str(management or "")


def _fallbacks(body: Mapping[str, object]) -> int:
    """The largest number of other models that may be tried after a refusal."""
    fallbacks = body.get("fallbacks")
    return min(len(fallbacks), MAX_FALLBACKS) if isinstance(fallbacks, list) else MAX_FALLBACKS if fallbacks else 0


def _most_expensive(catalog: Catalog, models: tuple[str, ...], at: datetime, fast: bool) -> Decimal:
    """The cost of a full context window and the longest answer on the most expensive of the models."""
    cards = [(model, catalog.card_for_bound(model)) for model in models]
    bounds = (cost_bound(catalog, model, c.context_window, c.max_output_tokens, at, fast=fast) for model, c in cards)
    return max(bounds, default=ZERO)
