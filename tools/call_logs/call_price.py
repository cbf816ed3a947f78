"""What a logged call cost, and would cost on another model run in the same way: same lane, speed, geo and endpoint."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

from call_logs.calls import LoggedCall
from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO, cost, tidy

# An inference profile of one geography; `global.` ones and bare model ids are at the list price.
_REGIONAL = re.compile(r"(?:^|/)(?!global\.)[a-z]{2,6}(?:-[a-z]{2,4})?\.anthropic\.")
_REGIONAL_MULTIPLIER = Decimal("1.1")
_REGIONAL_SINCE = date(2025, 9, 29)
"""Release of Sonnet 4.5: from this model on, regional endpoints cost 10 % more. Anthropic, pricing page, 2026-10-08."""


def billed(catalog: Catalog, model: str, call: LoggedCall) -> tuple[Decimal, Decimal]:
    """(what is certain that it cost, what it may have cost more) in USD. `model` is the catalog's id of its model."""
    if call.billed_usd is not None:
        return call.billed_usd, call.unknown_usd
    least = price_on(catalog, model, call)
    unknown = call.writes_of_unknown_ttl
    if not unknown:
        return least, ZERO
    five_minutes, one_hour = call.usage.cache_write_5m_tokens, call.usage.cache_write_1h_tokens
    dearest = replace(
        call.usage, cache_write_5m_tokens=five_minutes - unknown, cache_write_1h_tokens=one_hour + unknown
    )
    return least, price_on(catalog, model, replace(call, usage=dearest)) - least


def price_on(catalog: Catalog, model: str, call: LoggedCall) -> Decimal:
    """What the call's tokens, as counted, cost on a model, in USD."""
    usd = cost(catalog, model, call.usage, call.at)
    released = catalog.card(model).released
    if _REGIONAL.search(call.model) and released is not None and released >= _REGIONAL_SINCE:
        return tidy(usd * _REGIONAL_MULTIPLIER)
    return usd
