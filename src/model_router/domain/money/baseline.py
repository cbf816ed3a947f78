"""What a request would have cost without the router: the served answer's tokens at the baseline model's prices.

Low is the tokens as counted; high multiplies by the ratio of the two models' tokenizers, since the same text is more
tokens to a newer one. DESIGN, section 5.
"""

from datetime import datetime
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import Usage, cost, tidy

_DIGITS = Decimal("1E-12")


def baseline_cost(catalog: Catalog, served: str, baseline: str, usage: Usage, at: datetime) -> tuple[Decimal, Decimal]:
    """(low, high) in USD of `usage`, counted on the model `served`, had it gone to the model `baseline`."""
    as_counted = cost(catalog, baseline, usage, at)
    ours, theirs = catalog.tokenizer_ratio(served), catalog.tokenizer_ratio(baseline)
    if ours == theirs:
        return as_counted, as_counted
    converted = tidy((as_counted * theirs / ours).quantize(_DIGITS))
    return min(as_counted, converted), max(as_counted, converted)
