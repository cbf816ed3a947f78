"""What Claude charges, in USD: the stand-in's own table.

Source: Anthropic's pricing page and release notes, as of 2026-11-22. Rates are dollars per million tokens.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.model import Model

PER = Decimal(1_000_000)
WEB_SEARCH_USD = Decimal(10) / Decimal(1000)
US_FACTOR = Decimal("1.1")
FAST_FACTOR = Decimal(2)
#: Refusals before any output that are billed, by category, from that day on.
REFUSALS_BILLED_SINCE = datetime(2026, 9, 24, tzinfo=UTC)
REFUSALS_BILLED = frozenset({"bio", "frontier_llm", "reasoning_extraction"})
ALWAYS = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens of each kind, from `since`, for prompts of more than `above` tokens."""

    input: Decimal
    output: Decimal
    write_5m: Decimal
    write_1h: Decimal
    read: Decimal
    since: datetime = ALWAYS
    above: int = -1


def _rate(prices: str, since: datetime = ALWAYS, above: int = -1) -> Rate:
    """A rate from "input output write_5m write_1h read"."""
    given = [Decimal(price) for price in prices.split()]
    return Rate(given[0], given[1], given[2], given[3], given[4], since, above)


# In order of `above`, then `since`: the last that applies is the one in force.
RATES: dict[str, tuple[Rate, ...]] = {
    "claude-haiku-4-5-20251001": (_rate("1 5 1.25 2 0.10"),),
    "claude-sonnet-4-6": (_rate("3 15 3.75 6 0.30"),),
    "claude-opus-4-7": (_rate("5 25 6.25 10 0.50"),),
    "claude-haiku-5-5": (_rate("0.10 0.50 0.125 0.20 0.01"), _rate("0.50 2.50 0.625 1 0.05", above=100_000)),
    "claude-sonnet-5-5": (
        _rate("2 10 2.50 4 0.20"),
        _rate("2 10 2.50 4 0.10", since=datetime(2026, 10, 7, tzinfo=UTC)),
    ),
    "claude-opus-5-5": (_rate("4 20 5 8 0.20"),),
    "claude-sonnet-5": (_rate("2 10 2.5 4 0.2"),),
    "claude-opus-5": (_rate("5 25 6.25 10 0.5"),),
    "claude-sonnet-4-5-20250929": (_rate("3 15 3.75 6 0.30"),),
    "claude-opus-4-5-20251101": (_rate("5 25 6.25 10 0.5"),),
    "claude-opus-4-6": (_rate("5 25 6.25 10 0.5"),),
    "claude-opus-4-8": (_rate("5 25 6.25 10 0.5"),),
    **{f"claude-{line}-5": (_rate("10 50 12.5 20 1"),) for line in ("fable", "mythos")},
    **{f"claude-{line}-5-1": (_rate("10 50 12.5 20 0.25"),) for line in ("fable", "mythos")},
    **{f"claude-{line}-5-2": (_rate("8 40 10 16 0.20"),) for line in ("fable", "mythos")},
}


def rate(model: Model, usage: Usage, at: datetime) -> Rate:
    """The rate in force at that time for a prompt of that length; the band reprices every token of the
    request.
    """
    fitting = [r for r in RATES[model.id] if r.since <= at and usage.prompt > r.above]
    return fitting[-1]


def factor(inference_geo: str | None, fast: bool) -> Decimal:
    """What region and speed multiply the price of tokens by."""
    return (US_FACTOR if inference_geo == "us" else Decimal(1)) * (FAST_FACTOR if fast else Decimal(1))


def refusal_is_billed(category: str | None, at: datetime) -> bool:
    """Whether a refusal before any output is charged."""
    return category in REFUSALS_BILLED and at >= REFUSALS_BILLED_SINCE


def cost(model: Model, usage: Usage, at: datetime, inference_geo: str | None = None, *, fast: bool = False) -> Decimal:
    """The exact cost of one model's part of a billed call in USD."""
    price = rate(model, usage, at)
    tokens = (
        usage.input * price.input
        + usage.output * price.output
        + usage.cache_write_5m * price.write_5m
        + usage.cache_write_1h * price.write_1h
        + usage.cache_read * price.read
    )
    tokens *= factor(inference_geo, fast)
    return tokens / PER + usage.web_searches * WEB_SEARCH_USD
