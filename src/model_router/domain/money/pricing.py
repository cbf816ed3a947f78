"""What tokens of one model cost: tokens of each kind × the price in force, exact to the last digit.

    cost = Σ tokens × price / 10^6, × 0.5 for batch or × 2 for fast mode, × 1.1 for `inference_geo: us`, + web searches

Prices are the catalog's; money is Decimal USD throughout. `answer_cost` prices a whole answer, in which several models
may have worked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, Self

from model_router.domain.catalog import Catalog, ModelCard, Prices
from model_router.domain.recorded_words import region

ZERO = Decimal(0)
_PER_MILLION = -6
_PER_THOUSAND = -3
UNLISTED_FAST_MULTIPLIER = Decimal(2)
"""What fast mode costs at most on a model whose card has no fast price: twice the list, as on all that have one."""
COMPACTION = "compaction"
"""The type of the entries of `usage.iterations` that summarized a context. Their tokens are not in the totals."""


class BilledTokens(Protocol):
    """Tokens by what they are billed as; of one attempt or of many."""

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
    """The tokens of one attempt, by what they are billed as. `input_tokens` excludes cache writes and reads."""

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
        """What decides the price band: everything that went in, cached or not."""
        cached = self.cache_write_5m_tokens + self.cache_write_1h_tokens + self.cache_read_tokens
        return self.input_tokens + cached

    @classmethod
    def from_claude(cls, usage: Mapping[str, object]) -> Self:
        """From the `usage` object of an answer, where every field but the first two may be missing or null.

        `output_tokens` includes thinking. The compactions in it are added, and no other model's work: `answer_cost`
        reads that.
        """
        totals = cls.of_totals(usage)
        for iteration in iterations(usage):
            if iteration.get("type") == COMPACTION:
                totals = totals.plus(cls.of_totals(iteration))
        return totals

    def plus(self, other: "Usage") -> Self:
        """The tokens of both; where and how they ran is this one's."""
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
        """From the counts of a usage object or of one of its iterations alone."""
        created = _count(usage, "cache_creation_input_tokens")
        five_minutes, one_hour = writes_by_ttl(usage)
        return cls(
            input_tokens=_count(usage, "input_tokens"),
            output_tokens=_count(usage, "output_tokens"),
            # A write of unknown TTL counts as a 5-minute one, the API's default; `answer_cost` makes a range of it.
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
    """What another model than the attempt's did within its call, by what it is billed as."""

    model: str
    usage: Usage


def cost(catalog: Catalog, model: str, usage: Usage, at: datetime, band: int | None = None) -> Decimal:
    """What `usage` cost on `model` for a request made at `at`, in USD.

    `band`: the prompt length in tokens that chooses the price band; None: the usage's own.
    """
    return _cost(catalog, catalog.card(model), usage, at, band)


def most_it_cost(catalog: Catalog, model: str, usage: Usage, at: datetime, band: int | None = None) -> Decimal:
    """The same; for a model that the catalog lacks, what the usage cost at most: at the highest prices it has."""
    return _cost(catalog, catalog.card_for_bound(model), usage, at, band)


def _cost(catalog: Catalog, card: ModelCard, usage: Usage, at: datetime, band: int | None) -> Decimal:
    prices = card.prices_on(price_day(at)).band(usage.prompt_tokens if band is None else band)
    tokens = tokens_cost(prices, usage) * multiplier(catalog, card, usage)
    searches = (usage.web_searches * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND)
    return tidy(tokens + searches)


def cost_bound(
    catalog: Catalog, model: str, input_bound: int, max_tokens: int, at: datetime, *, fast: bool = False
) -> Decimal:
    """The most that a call can cost: every input token at the dearest rate there is, plus all of `max_tokens`.

    `input_bound` is an upper bound of the prompt's tokens; `fast`: fast mode is asked for. Web searches are not in it:
    cap them in the tool.
    """
    card = catalog.card_for_bound(model)
    # Sent just before midnight, it may be billed at the next day's prices.
    bands = [*card.prices_on(price_day(at)).bands, *card.prices_on(price_day(at + timedelta(days=1))).bands]
    highest_input = max(band.highest_input for band in bands)
    dearest_output = max(band.output for band in bands)
    total = (input_bound * highest_input + max_tokens * dearest_output).scaleb(_PER_MILLION)
    fast_multiplier = card.fast_multiplier or UNLISTED_FAST_MULTIPLIER if fast else Decimal(1)
    return tidy(total * (card.us_inference_multiplier or Decimal(1)) * fast_multiplier)


def tidy(amount: Decimal) -> Decimal:
    """The same amount without trailing zeros and without an exponent above zero."""
    amount = amount.normalize()
    exponent = amount.as_tuple().exponent
    # `quantize` raises where the digits are more than the context's precision.
    return Decimal(f"{amount:f}") if isinstance(exponent, int) and exponent > 0 else amount


def tokens_cost(prices: Prices, usage: BilledTokens) -> Decimal:
    """USD of the tokens at these prices, whatever multiplies them."""
    per_million = (
        usage.input_tokens * prices.input
        + usage.output_tokens * prices.output
        + usage.cache_write_5m_tokens * prices.cache_write_5m
        + usage.cache_write_1h_tokens * prices.cache_write_1h
        + usage.cache_read_tokens * prices.cache_read
    )
    return per_million.scaleb(_PER_MILLION)


def multiplier(catalog: Catalog, card: ModelCard, usage: Usage) -> Decimal:
    """What batch, fast mode and the region multiply the list prices of tokens by.

    Fast mode does not go with batches. A model that has no fast price runs at standard speed.
    """
    geo = card.us_inference_multiplier if usage.inference_geo == "us" else None
    mode = catalog.batch_multiplier if usage.batch else card.fast_multiplier if usage.fast else None
    return (geo or Decimal(1)) * (mode or Decimal(1))


def price_day(at: datetime) -> date:
    """Price lists change at midnight UTC."""
    return at.astimezone(UTC).date()


def iterations(usage: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The entries of `usage.iterations`, one for each sampling within the call."""
    value = usage.get("iterations")
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def writes_by_ttl(usage: Mapping[str, object]) -> tuple[int, int]:
    """(five-minute, one-hour) cache writes in tokens, as far as the usage object splits them."""
    by_ttl = _mapping(usage, "cache_creation")
    return _count(by_ttl, "ephemeral_5m_input_tokens"), _count(by_ttl, "ephemeral_1h_input_tokens")


def _count(usage: Mapping[str, object], field: str) -> int:
    value = usage.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _mapping(usage: Mapping[str, object], field: str) -> Mapping[str, object]:
    value = usage.get(field)
    return value if isinstance(value, Mapping) else {}
