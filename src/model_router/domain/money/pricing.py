"""Prices the tokens of one model exactly: tokens of each kind × the price at the time.

    cost = Σ tokens × price / 10^6, × 0.5 for batch or × 2 for fast mode, × 1.1 for `inference_geo: us`, + web searches

Prices come from the catalog; money is Decimal USD throughout. `answer_cost` prices a whole answer, which may involve
several models.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, Self

from model_router.domain.catalog import Catalog
from model_router.domain.model_card import ModelCard, Prices
from model_router.domain.recorded_words import region

ZERO = Decimal(0)
_PER_MILLION = -6
_PER_THOUSAND = -3
UNLISTED_FAST_MULTIPLIER = Decimal(2)
"""The highest factor of fast mode for a card without a fast price: twice the list price, as on all other models."""
COMPACTION = "compaction"
"""The type of entries in `usage.iterations` that summarized a context. Their tokens are not in the totals."""


class BilledTokens(Protocol):
    """Tokens of one or more attempts by billed kind."""

    @property
    def input_tokens(self) -> int: ...
    @property
    def output_tokens(self) -> int: ...
    @property
    def cache_write_5m_tokens(self) -> int: ...
    @property
    def cache_write_1h_tokens(self) -> int: ...
    @property
    def cache_read_tokens(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one attempt by billed kind. `input_tokens` excludes cache writes and reads."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_read_tokens: int = 0
    web_searches: int = 0
    inference_geo: str | None = None
    batch: bool = False
    #: Whether it ran in fast mode (`speed`).
    fast: bool = False

    @property
    def prompt_tokens(self) -> int:
        """All input, cached or not, which decides the price band."""
        cached = self.cache_write_5m_tokens + self.cache_write_1h_tokens + self.cache_read_tokens
        return self.input_tokens + cached

    @classmethod
    def from_claude(cls, usage: Mapping[str, object]) -> Self:
        """The usage in an answer's `usage` object, in which all fields but the first two may be missing or null.

        `output_tokens` includes thinking. Compactions are added; other models are not, since `answer_cost` reads them.
        """
        totals = cls.of_totals(usage)
        for iteration in iterations(usage):
            if iteration.get("type") == COMPACTION:
                totals = totals.plus(cls.of_totals(iteration))
        return totals

    def plus(self, other: "Usage") -> Self:
        """The tokens of both, with this usage's region and mode."""
        return replace(
            self,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cache_write_5m_tokens=self.cache_write_5m_tokens + other.cache_write_5m_tokens,
            cache_write_1h_tokens=self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            web_searches=self.web_searches + other.web_searches,
        )

    @classmethod
    def of_totals(cls, usage: Mapping[str, object]) -> Self:
        """The usage in the counts of a usage object, or of one of its iterations."""
        created = _count(usage, "cache_creation_input_tokens")
        five_minutes, one_hour = writes_by_ttl(usage)
        return cls(
            input_tokens=_count(usage, "input_tokens"),
            output_tokens=_count(usage, "output_tokens"),
            # A write of unknown TTL counts as a 5-minute one, the default; `answer_cost` makes a range of it.
            cache_write_5m_tokens=max(five_minutes, created - one_hour),
            cache_write_1h_tokens=one_hour,
            cache_read_tokens=_count(usage, "cache_read_input_tokens"),
            web_searches=_count(_mapping(usage, "server_tool_use"), "web_search_requests"),
            inference_geo=region(usage.get("inference_geo")),
            batch=usage.get("service_tier") == "batch",
            fast=usage.get("speed") == "fast",
        )


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """The tokens of another model within an attempt's call."""

    model: str
    usage: Usage


def cost(catalog: Catalog, model: str, usage: Usage, at: datetime, band: int | None = None) -> Decimal:
    """The cost in USD of `usage` on `model` for a request made at `at`.

    `band` is the prompt length in tokens that selects the price band, by default the usage's own.
    """
    return _cost(catalog, catalog.card(model), usage, at, band)


def most_it_cost(catalog: Catalog, model: str, usage: Usage, at: datetime, band: int | None = None) -> Decimal:
    """The same, at the highest of all prices for a model that is not in the catalog."""
    return _cost(catalog, catalog.card_for_bound(model), usage, at, band)


def _cost(catalog: Catalog, card: ModelCard, usage: Usage, at: datetime, band: int | None) -> Decimal:
    prices = card.prices_on(price_day(at)).band(usage.prompt_tokens if band is None else band)
    tokens = tokens_cost(prices, usage) * multiplier(catalog, card, usage)
    searches = (usage.web_searches * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND)
    return tidy(tokens + searches)


def cost_bound(
    catalog: Catalog, model: str, input_bound: int, max_tokens: int, at: datetime, *, fast: bool = False
) -> Decimal:
    """The upper bound of a call's cost: every input token at the highest rate, and all of `max_tokens`.

    `input_bound` is an upper bound of the prompt's tokens; `fast` says that fast mode is requested. Web searches are
    not included: limit them in the tool.
    """
    card = catalog.card_for_bound(model)
    # A call just before midnight may be billed at the next day's prices.
    bands = [*card.prices_on(price_day(at)).bands, *card.prices_on(price_day(at + timedelta(days=1))).bands]
    input_price = max(band.highest_input for band in bands)
    output_price = max(band.output for band in bands)
    total = (input_bound * input_price + max_tokens * output_price).scaleb(_PER_MILLION)
    fast_multiplier = card.fast_multiplier or UNLISTED_FAST_MULTIPLIER if fast else Decimal(1)
    return tidy(total * (card.us_inference_multiplier or Decimal(1)) * fast_multiplier)


def tidy(amount: Decimal) -> Decimal:
    """The amount without trailing zeros and without a positive exponent."""
    amount = amount.normalize()
    exponent = amount.as_tuple().exponent
    # `quantize` raises if there are more digits than the context's precision.
    return Decimal(f"{amount:f}") if isinstance(exponent, int) and exponent > 0 else amount


def tokens_cost(prices: Prices, usage: BilledTokens) -> Decimal:
    """The tokens at these prices in USD, before multipliers."""
    per_million = (
        usage.input_tokens * prices.input
        + usage.output_tokens * prices.output
        + usage.cache_write_5m_tokens * prices.cache_write_5m
        + usage.cache_write_1h_tokens * prices.cache_write_1h
        + usage.cache_read_tokens * prices.cache_read
    )
    return per_million.scaleb(_PER_MILLION)


def multiplier(catalog: Catalog, card: ModelCard, usage: Usage) -> Decimal:
    """The factor of batch, fast mode and region on the list prices of tokens.

    Batches have no fast mode. A model without a fast price runs at standard speed.
    """
    geo = card.us_inference_multiplier if usage.inference_geo == "us" else None
    mode = catalog.batch_multiplier if usage.batch else card.fast_multiplier if usage.fast else None
    return (geo or Decimal(1)) * (mode or Decimal(1))


def price_day(at: datetime) -> date:
    """The day of the price list, which changes at midnight UTC."""
    return at.astimezone(UTC).date()


def iterations(usage: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The entries of `usage.iterations`, one per sampling in the call."""
    value = usage.get("iterations")
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def writes_by_ttl(usage: Mapping[str, object]) -> tuple[int, int]:
    """(five-minute, one-hour) cache writes in tokens, if the usage object splits them."""
    by_ttl = _mapping(usage, "cache_creation")
    return _count(by_ttl, "ephemeral_5m_input_tokens"), _count(by_ttl, "ephemeral_1h_input_tokens")


def _count(usage: Mapping[str, object], field: str) -> int:
    value = usage.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _mapping(usage: Mapping[str, object], field: str) -> Mapping[str, object]:
    value = usage.get(field)
    return value if isinstance(value, Mapping) else {}
