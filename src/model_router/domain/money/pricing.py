"""What an attempt cost: tokens of each kind × the price in force, exact to the last digit.

    cost = Σ tokens × price / 10^6, × 0.5 for batch, × 1.1 for `inference_geo: us`, + web searches

DESIGN, section 5. Prices are the catalog's; money is Decimal USD throughout. What the price list does not cover
(`beyond_the_price_list`) has no cost here, only a bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, Self

from model_router.domain.catalog import Catalog, ModelCard, Prices

ZERO = Decimal(0)
_PER_MILLION = -6
_PER_THOUSAND = -3
_DEAREST_MODE = 6
"""The most that a mode costs over the list: fast mode on Opus 4.6 (Anthropic's pricing page)."""
# What a sampling iteration of `usage.iterations` is billed beside the totals: a message is in them, a compaction not.
_IN_TOTALS, _BESIDE_TOTALS = "message", "compaction"


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

    @property
    def prompt_tokens(self) -> int:
        """What decides the price band: everything that went in, cached or not."""
        cached = self.cache_write_5m_tokens + self.cache_write_1h_tokens + self.cache_read_tokens
        return self.input_tokens + cached

    @classmethod
    def from_claude(cls, usage: Mapping[str, object]) -> Self:
        """From the `usage` object of an answer, where every field but the first two may be missing or null.

        `output_tokens` includes thinking. Compactions are billed beside the totals (SDK: `BetaUsage.iterations`).
        """
        totals = cls._totals(usage)
        for iteration in _iterations(usage):
            if iteration.get("type") == _BESIDE_TOTALS:
                totals = totals.plus(cls._totals(iteration))
        return totals

    def plus(self, other: "Usage") -> Self:
        """The tokens of both; geo and batch are this one's."""
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
    def _totals(cls, usage: Mapping[str, object]) -> Self:
        created = _count(usage, "cache_creation_input_tokens")
        by_ttl = _mapping(usage, "cache_creation")
        one_hour = _count(by_ttl, "ephemeral_1h_input_tokens")
        five_minutes = _count(by_ttl, "ephemeral_5m_input_tokens")
        geo = usage.get("inference_geo")
        return cls(
            input_tokens=_count(usage, "input_tokens"),
            output_tokens=_count(usage, "output_tokens"),
            # Without the breakdown every write is a 5-minute one: that is the API's default.
            cache_write_5m_tokens=max(five_minutes, created - one_hour),
            cache_write_1h_tokens=one_hour,
            cache_read_tokens=_count(usage, "cache_read_input_tokens"),
            web_searches=_count(_mapping(usage, "server_tool_use"), "web_search_requests"),
            inference_geo=geo if isinstance(geo, str) else None,
            batch=usage.get("service_tier") == "batch",
        )


def cost(catalog: Catalog, model: str, usage: Usage, at: datetime) -> Decimal:
    """What `usage` cost on `model` for a request made at `at`, in USD."""
    return _cost(catalog, catalog.card(model), usage, at)


def most_it_cost(catalog: Catalog, model: str, usage: Usage, at: datetime) -> Decimal:
    """The same; for a model that the catalog lacks, what the usage cost at most: at the highest prices it has."""
    return _cost(catalog, catalog.card_for_bound(model), usage, at)


def _cost(catalog: Catalog, card: ModelCard, usage: Usage, at: datetime) -> Decimal:
    prices = card.prices_on(_day(at)).band(usage.prompt_tokens)
    tokens = tokens_cost(prices, usage) * _multiplier(catalog, card, usage)
    searches = (usage.web_searches * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND)
    return tidy(tokens + searches)


def cost_bound(catalog: Catalog, model: str, input_bound: int, max_tokens: int, at: datetime) -> Decimal:
    """The most that a call can cost: every input token at the dearest rate there is, plus all of `max_tokens`.

    `input_bound` is an upper bound of the prompt's tokens. Web searches are not in it: cap them in the tool.
    """
    card = catalog.card_for_bound(model)
    # Sent just before midnight, it may be billed at the next day's prices.
    bands = [*card.prices_on(_day(at)).bands, *card.prices_on(_day(at + timedelta(days=1))).bands]
    dearest_input = max(band.dearest_input for band in bands)
    dearest_output = max(band.output for band in bands)
    total = (input_bound * dearest_input + max_tokens * dearest_output).scaleb(_PER_MILLION)
    return tidy(total * (card.us_inference_multiplier or Decimal(1)))


def beyond_the_price_list(usage: Mapping[str, object]) -> str | None:
    """What makes an answer's cost one that the price list does not tell; None: nothing does."""
    if usage.get("speed") not in (None, "standard"):
        return "a speed other than standard"
    if any(iteration.get("type") not in (_IN_TOTALS, _BESIDE_TOTALS) for iteration in _iterations(usage)):
        return "work of another model within the call"
    return None


def bound_beyond_the_price_list(catalog: Catalog, reported: Mapping[str, object], at: datetime) -> Decimal:
    """The most that such an answer can have cost: all its tokens at the dearest prices of all, in the dearest mode."""
    usage = Usage.from_claude(reported)
    for iteration in _iterations(reported):
        if iteration.get("type") not in (_IN_TOTALS, _BESIDE_TOTALS):
            usage = usage.plus(Usage.from_claude(iteration))
    most = max(cost_bound(catalog, model, usage.prompt_tokens, usage.output_tokens, at) for model in catalog.served())
    searches = (usage.web_searches * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND)
    return tidy(most * _DEAREST_MODE + searches)


def tidy(amount: Decimal) -> Decimal:
    """The same amount without trailing zeros and without an exponent above zero."""
    amount = amount.normalize()
    exponent = amount.as_tuple().exponent
    return amount.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else amount


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


def _multiplier(catalog: Catalog, card: ModelCard, usage: Usage) -> Decimal:
    geo = card.us_inference_multiplier if usage.inference_geo == "us" else None
    return (geo or Decimal(1)) * (catalog.batch_multiplier if usage.batch else Decimal(1))


def _day(at: datetime) -> date:
    """Price lists change at midnight UTC."""
    return at.astimezone(UTC).date()


def _iterations(usage: Mapping[str, object]) -> list[Mapping[str, object]]:
    value = usage.get("iterations")
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _count(usage: Mapping[str, object], field: str) -> int:
    value = usage.get(field)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _mapping(usage: Mapping[str, object], field: str) -> Mapping[str, object]:
    value = usage.get(field)
    return value if isinstance(value, Mapping) else {}
