"""The rows of Anthropic's usage and cost reports, counted into a side of the reconciliation.

Both generations of the reports name the same fields. `service_tier`, `speed` and `inference_geo` tell batch, fast mode
and region, where the report is grouped by them.
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
    """Counts a usage row in: tokens and searches of a model in a mode. KeyError where the row lacks a field."""
    model, ran = group["model"] or ANY_MODEL, _mode(group)
    written = usage["cache_creation"]
    side.amounts[model, ran, "input"] += int(usage["uncached_input_tokens"])
    side.amounts[model, ran, "output"] += int(usage["output_tokens"])
    side.amounts[model, ran, "cache_write_5m"] += int(written["ephemeral_5m_input_tokens"])
    side.amounts[model, ran, "cache_write_1h"] += int(written["ephemeral_1h_input_tokens"])
    side.amounts[model, ran, "cache_read"] += int(usage["cache_read_input_tokens"])
    side.amounts[model, ran, "web_search"] += int((usage.get("server_tool_use") or {}).get("web_search_requests") or 0)


def add_cost(side: Side, group: Mapping[str, Any], amount: str, currency: str) -> None:
    """Counts a cost row in. `amount` is a decimal text in cents. ValueError for another currency than USD."""
    usd = Decimal(amount).scaleb(_CENTS)
    if currency != "USD":
        raise ValueError(f"an amount in {currency}")
    match group["cost_type"]:
        case "tokens":
            side.usd[group["model"] or ANY_MODEL, _mode(group), _KIND_OF_TOKEN[group["token_type"]]] += usd
        case "web_search":
            side.usd[SEARCHES] += usd
        case _:
            return  # code execution and sessions are hours, not messages: no call of the router's has them


def _mode(group: Mapping[str, Any]) -> str:
    # The legacy cost report tells the speed in its description alone.
    fast = "fast" in str(group.get("speed") or group.get("description") or "").lower()
    batch = str(group.get("service_tier") or "").startswith("batch") or group.get("product") == "message_batches_api"
    return mode(batch=batch, fast=fast, us=group.get("inference_geo") == "us")
