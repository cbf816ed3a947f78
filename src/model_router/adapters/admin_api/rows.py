"""Adds the rows of Anthropic's usage and cost reports to a side of the reconciliation.

Both generations of the reports have the same field names. Grouped by `service_tier`, `speed` and `inference_geo`, they
show batch, fast mode and region.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from model_router.domain.reconciliation.kinds import Kind, mode
from model_router.domain.reconciliation.sides import ANY_MODEL, SEARCHES, Side

_CENTS = -2
_KIND_OF_TOKEN: Mapping[str, Kind] = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h",
    "cache_read_input_tokens": "cache_read",
}


def add_usage(side: Side, group: Mapping[str, Any], usage: Mapping[str, Any]) -> None:
    """Adds a usage row: tokens and searches of a model in a mode. Raises KeyError if the row lacks a field."""
    model, mode_of_use = group["model"] or ANY_MODEL, _mode(group)
    amounts: Mapping[Kind, Any] = {
        "input": usage["uncached_input_tokens"],
        "output": usage["output_tokens"],
        "cache_write_5m": usage["cache_creation"]["ephemeral_5m_input_tokens"],
        "cache_write_1h": usage["cache_creation"]["ephemeral_1h_input_tokens"],
        "cache_read": usage["cache_read_input_tokens"],
        "web_search": (usage.get("server_tool_use") or {}).get("web_search_requests") or 0,
    }
    for kind, amount in amounts.items():
        side.amounts[model, mode_of_use, kind] += int(amount)


def add_cost(side: Side, group: Mapping[str, Any], amount: str, currency: str) -> None:
    """Adds a cost row. `amount` is a decimal text in cents. Raises ValueError if the currency is not USD."""
    usd = Decimal(amount).scaleb(_CENTS)
    if currency != "USD":
        raise ValueError(f"an amount in {currency}")
    match group["cost_type"]:
        case "tokens":
            side.usd[group["model"] or ANY_MODEL, _mode(group), _KIND_OF_TOKEN[group["token_type"]]] += usd
        case "web_search":
            side.usd[SEARCHES] += usd
        case _:
            return  # code execution and sessions: the router makes no such calls


def _mode(group: Mapping[str, Any]) -> str:
    # The legacy cost report shows the speed only in its description.
    fast = "fast" in str(group.get("speed") or group.get("description") or "").lower()
    batch = str(group.get("service_tier") or "").startswith("batch") or group.get("product") == "message_batches_api"
    return mode(batch=batch, fast=fast, us=group.get("inference_geo") == "us")
