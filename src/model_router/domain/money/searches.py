"""What web searches can add to an attempt's cost: only `max_uses` of the tool bounds them."""

from collections.abc import Mapping
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO

_TOOL = "web_search_"
_PER_THOUSAND = -3
_MOST_USES = 1_000_000
"""A larger `max_uses` counts as none: no call makes so many searches, and Decimal may not hold what they cost."""


def most_searches(body: Mapping[str, object]) -> int | None:
    """The web searches that a Messages API body allows at most; None: a search tool in it has no usable `max_uses`."""
    tools = body.get("tools")
    uses = [
        tool.get("max_uses")
        for tool in (tools if isinstance(tools, list) else [])
        if isinstance(tool, Mapping) and str(tool.get("type") or "").startswith(_TOOL)
    ]
    counted = [use for use in uses if isinstance(use, int) and not isinstance(use, bool) and 0 <= use <= _MOST_USES]
    return sum(counted) if len(counted) == len(uses) else None


def search_bound(catalog: Catalog, body: Mapping[str, object]) -> Decimal:
    """What the capped searches of a body cost at most, USD. Uncapped ones are not in it: nothing bounds them."""
    return ((most_searches(body) or 0) * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND) or ZERO
