"""What the prompt cache saved: the price of the tokens as plain input, less that of the cache writes and reads."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.errors import NotFound
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.spend.amounts import minus


class CacheSavings:
    """Prices cache tokens by the catalog as of a record's day."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, model: str, usage: Usage, day: date) -> Decimal | None:
        """USD saved, negative if the writes cost more than the reads saved, or None for an unknown model."""
        at = datetime.combine(day, time(), UTC)
        cached = replace(usage, output_tokens=0, web_searches=0)
        plain = replace(
            cached,
            input_tokens=usage.prompt_tokens,
            cache_write_5m_tokens=0,
            cache_write_1h_tokens=0,
            cache_read_tokens=0,
        )
        try:
            return minus(cost(self._catalog, model, plain, at), cost(self._catalog, model, cached, at))
        except NotFound:
            return None
