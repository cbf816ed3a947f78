"""The cost of one model's part of an answer, as a range if Claude does not report everything that affects it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import UNLISTED_FAST_MULTIPLIER, ZERO, Usage, cost, most_it_cost


@dataclass(frozen=True, slots=True)
class CostPart:
    """Tokens that one model read and wrote.

    `models` has the model's id, or all possible ids if the answer does not report it. A name that is not in the catalog
    is priced at the highest of all prices.
    """

    models: tuple[str, ...]
    usage: Usage
    #: Tokens of cache writes, five-minute ones in `usage`, that may be one-hour ones.
    writes_of_unknown_ttl: int = 0
    #: Whether the cache writes may be billed as reads (a fallback credit).
    writes_may_be_reads: bool = False
    #: Other prompt lengths, in tokens, that may decide the price band.
    bands: tuple[int, ...] = ()
    #: Whether it ran in fast mode, or None if unknown.
    fast: bool | None = False
    #: Whether it is billed, or None if unknown.
    billed: bool | None = True

    def range(self, catalog: Catalog, at: datetime) -> tuple[Decimal, Decimal]:
        """(least, most) cost in USD of a request made at `at`."""
        if self.billed is False:
            return ZERO, ZERO
        bands = (self.usage.prompt_tokens, *self.bands)
        if self._is_exact(catalog) and len(set(bands)) == 1:
            exact = cost(catalog, self.models[0], self.usage, at)
            return exact, exact
        most = max(self._most(catalog, model, at, max(bands)) for model in self.models)
        if self.billed is None or len(self.models) != 1 or self.models[0] not in catalog.ids:
            return ZERO, most
        return cost(catalog, self.models[0], self._cheapest, at, min(bands)), most

    def _is_exact(self, catalog: Catalog) -> bool:
        """Whether one price is enough, as usual."""
        if self.writes_of_unknown_ttl or self.writes_may_be_reads or self.billed is not True or len(self.models) != 1:
            return False
        return self.fast is False and self.models[0] in catalog.ids

    @property
    def _cheapest(self) -> Usage:
        usage = replace(self.usage, fast=self.fast is True)
        if not self.writes_may_be_reads:
            return usage
        read = usage.cache_read_tokens + usage.cache_write_5m_tokens + usage.cache_write_1h_tokens
        return replace(usage, cache_write_5m_tokens=0, cache_write_1h_tokens=0, cache_read_tokens=read)

    def _most(self, catalog: Catalog, model: str, at: datetime, band: int) -> Decimal:
        usage, unknown = self.usage, self.writes_of_unknown_ttl
        most_expensive = replace(
            usage,
            cache_write_5m_tokens=usage.cache_write_5m_tokens - unknown,
            cache_write_1h_tokens=usage.cache_write_1h_tokens + unknown,
            fast=self.fast is not False,
        )
        amount = most_it_cost(catalog, model, most_expensive, at, band)
        unlisted = self.fast is True and not usage.batch and catalog.card_for_bound(model).fast_multiplier is None
        return amount * UNLISTED_FAST_MULTIPLIER if unlisted else amount
