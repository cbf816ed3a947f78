"""The upper bound of web searches in an attempt, which only the tool's `max_uses` limits."""

from collections.abc import Mapping
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO

_TOOL = "web_search_"
_PER_THOUSAND = -3
_MOST_USES = 1_000_000
"""A larger `max_uses` is ignored: no call makes so many searches, and the cost may exceed Decimal's precision."""


def most_searches(body: Mapping[str, object]) -> int | None:
    """The largest number of web searches in a body, or None if a search tool has no usable `max_uses`."""
    tools = body.get("tools")
    uses = [
        tool.get("max_uses")
        for tool in (tools if isinstance(tools, list) else [])
        if isinstance(tool, Mapping) and str(tool.get("type") or "").startswith(_TOOL)
    ]
    counted = [use for use in uses if isinstance(use, int) and not isinstance(use, bool) and 0 <= use <= _MOST_USES]
    return sum(counted) if len(counted) == len(uses) else None


def search_bound(catalog: Catalog, body: Mapping[str, object]) -> Decimal:
    """The highest cost in USD of the body's limited searches. Unlimited ones are not included."""
    return ((most_searches(body) or 0) * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND) or ZERO
