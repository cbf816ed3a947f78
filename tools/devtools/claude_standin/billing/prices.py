"""What Claude charges, in USD, by the rates of `models.toml`."""

from datetime import UTC, datetime
from decimal import Decimal

from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.models import Model

PER = Decimal(1_000_000)
WEB_SEARCH_USD = Decimal(10) / Decimal(1000)
US_FACTOR = Decimal("1.1")
FAST_FACTOR = Decimal(2)
#: Refusals before any output that are billed, by category, from that day on.
REFUSALS_BILLED_SINCE = datetime(2026, 9, 24, tzinfo=UTC)
REFUSALS_BILLED = frozenset({"bio", "frontier_llm", "reasoning_extraction"})
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


def rate(model: Model, usage: Usage, at: datetime) -> dict[str, Decimal]:
    """USD per million tokens of each of KINDS, at that time and for a prompt of that length.

    The band reprices every token of the request.
    """
    fitting = [r for r in model.rates if r.get("since", at) <= at and usage.prompt > r.get("above", -1)]
    return dict(zip(KINDS, map(Decimal, fitting[-1]["usd"].split()), strict=True))


def factor(inference_geo: str | None, fast: bool) -> Decimal:
    """What region and speed multiply the price of tokens by."""
    return (US_FACTOR if inference_geo == "us" else Decimal(1)) * (FAST_FACTOR if fast else Decimal(1))


def refusal_is_billed(category: str | None, at: datetime) -> bool:
    """Whether a refusal before any output is charged."""
    return category in REFUSALS_BILLED and at >= REFUSALS_BILLED_SINCE


def costs(
    model: Model, usage: Usage, at: datetime, inference_geo: str | None = None, *, fast: bool = False
) -> dict[str, Decimal]:
    """The exact USD of one model's part of a billed call, by KINDS, and of searches under `web_search`."""
    prices, times = rate(model, usage, at), factor(inference_geo, fast)
    tokens = {kind: getattr(usage, kind) * price * times / PER for kind, price in prices.items()}
    return {**tokens, "web_search": usage.web_searches * WEB_SEARCH_USD}


def cost(model: Model, usage: Usage, at: datetime, inference_geo: str | None = None, *, fast: bool = False) -> Decimal:
    """The exact USD of one model's part of a billed call."""
    return sum(costs(model, usage, at, inference_geo, fast=fast).values(), Decimal(0))
