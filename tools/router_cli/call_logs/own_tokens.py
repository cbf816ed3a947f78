"""The same text is more tokens to a newer model: what a price comes to in a model's own tokens."""

from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import tidy

_DIGITS = Decimal("1E-12")


def in_own_tokens(catalog: Catalog, counted_on: str, model: str, usd: Decimal) -> Decimal:
    """`usd` is a price on `model` by the tokens that `counted_on` counted."""
    ours, theirs = catalog.tokenizer_ratio(counted_on), catalog.tokenizer_ratio(model)
    return usd if ours == theirs else tidy((usd * theirs / ours).quantize(_DIGITS))
