"""The kinds of usage that Anthropic bills, and the cost of each of an attempt's."""

from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import Usage, multiplier, price_day

Kind = Literal["input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "web_search"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STANDARD = "standard"
_PER_MILLION = -6
_PER_THOUSAND = -3


def mode(*, batch: bool, fast: bool, us: bool) -> str:
    """What multiplies the list price: `standard`, `batch`, `fast`, `us`, `batch us` or `fast us`."""
    words = [word for word, applies in (("batch", batch), ("fast", fast), ("us", us)) if applies]
    return " ".join(words) or STANDARD


def mode_of(usage: Usage) -> str:
    """The mode of an attempt."""
    return mode(batch=usage.batch, fast=usage.fast, us=usage.inference_geo == "us")


def amounts(usage: Usage) -> dict[Kind, int]:
    """The number of tokens of each kind, and of searches."""
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cache_write_5m": usage.cache_write_5m_tokens,
        "cache_write_1h": usage.cache_write_1h_tokens,
        "cache_read": usage.cache_read_tokens,
        "web_search": usage.web_searches,
    }


def costs(catalog: Catalog, model: str, usage: Usage, at: datetime) -> dict[Kind, Decimal]:
    """USD of each kind at the prices of `at`. Their sum is `pricing.cost`."""
    card = catalog.card(model)
    prices = card.prices_on(price_day(at)).band(usage.prompt_tokens)
    factor = multiplier(catalog, card, usage)
    rates: dict[Kind, Decimal] = {
        "input": prices.input,
        "output": prices.output,
        "cache_write_5m": prices.cache_write_5m,
        "cache_write_1h": prices.cache_write_1h,
        "cache_read": prices.cache_read,
    }
    counted = amounts(usage)
    usd = {kind: (counted[kind] * rate * factor).scaleb(_PER_MILLION) for kind, rate in rates.items()}
    usd["web_search"] = (usage.web_searches * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND)
    return usd
