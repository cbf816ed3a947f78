"""The most that a whole call can cost, with what Claude's side may do within it beyond one reading of the prompt.

    server tools, MCP          the prompt is read again after each round of tools, with the results in it
    compaction                 each reading may be preceded by one that writes a summary
    fallbacks, advisor tool    other models read it too
    fast mode                  a multiple of the list price

Sources (2026-10-08): Anthropic's pages on server tools, compaction, the advisor tool, fallbacks and prices.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from model_router.domain.catalog import Catalog
from model_router.domain.estimate.request_inventory import is_server_tool
from model_router.domain.money.pricing import ZERO, cost_bound
from model_router.domain.money.searches import search_bound

MAX_SERVER_TOOL_PASSES: Final = 11
"""Readings of the prompt in one call: Anthropic's loop ends with `pause_turn` after 10 rounds of tools."""
_MAX_FALLBACKS: Final = 3
_FAST_MULTIPLE: Final = 2


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

    `input_bound`: tokens of the prompt at most; None where they cannot be counted. More than the model's context window
    are refused unbilled. `tool_passes`: how often a call with server tools reads its prompt at most. Web searches
    without `max_uses` are not in it: nothing bounds them.
    """
    card = catalog.card_for_bound(model)
    window = card.context_window
    most_input = window if input_bound is None else min(input_bound, window)
    passes = tool_passes if uses_server_tools(body) else 1
    total = passes * cost_bound(catalog, model, most_input, max_tokens, at)
    if _compacts(body):
        total += passes * cost_bound(catalog, model, card.context_window, card.max_output_tokens, at)
    if others := _other_models(body):
        total += others * passes * _dearest_model(catalog, at)
    fast = body.get("speed") not in (None, "standard")
    return total * (_FAST_MULTIPLE if fast else 1) + search_bound(catalog, body)


def reads_more_than_its_prompt(body: Mapping[str, object]) -> bool:
    """Whether the usage at an answer's beginning may be less than what goes in before its end."""
    return uses_server_tools(body) or _compacts(body) or _other_models(body) > 0


def uses_server_tools(body: Mapping[str, object]) -> bool:
    """Whether Claude's side runs tools within the call."""
    tools = body.get("tools")
    return bool(body.get("mcp_servers")) or (isinstance(tools, list) and any(map(is_server_tool, tools)))


def _compacts(body: Mapping[str, object]) -> bool:
    management = body.get("context_management")
    return bool(body.get("compaction")) or "compact" in str(management or "")


def _other_models(body: Mapping[str, object]) -> int:
    """How many times other models may do the work of the call, at most."""
    fallbacks, tools = body.get("fallbacks"), body.get("tools")
    advisors = [tool for tool in tools if _is_advisor(tool)] if isinstance(tools, list) else []
    return (_MAX_FALLBACKS if fallbacks else 0) + len(advisors)


def _is_advisor(tool: object) -> bool:
    return isinstance(tool, Mapping) and str(tool.get("type") or "").startswith("advisor")


def _dearest_model(catalog: Catalog, at: datetime) -> Decimal:
    """What a full context window and the longest answer cost on the dearest model."""
    cards = {model: catalog.models[model] for model in catalog.served()}
    return max(
        (cost_bound(catalog, model, card.context_window, card.max_output_tokens, at) for model, card in cards.items()),
        default=ZERO,
    )
