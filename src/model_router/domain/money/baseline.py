"""What a request would have cost without the router: the served answer's tokens at the baseline model's prices.

Low is the tokens as counted; high multiplies by the ratio of the two models' tokenizers, since the same text is more
tokens to a newer one. Batch, fast mode and region stay what they were: like is compared with like. What other models
did in the call (an advisor, a fallback) costs the same on both sides.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage, cost, tidy

_DIGITS = Decimal("1E-12")


def baseline_cost(
    catalog: Catalog,
    served: str,
    baseline: str,
    usage: Usage,
    at: datetime,
    other_models: Iterable[ModelUsage] = (),
) -> tuple[Decimal, Decimal]:
    """(low, high) in USD of `usage`, counted on the model `served`, had it gone to the model `baseline`."""
    as_counted = cost(catalog, baseline, usage, at)
    others = sum((cost(catalog, other.model, other.usage, at) for other in other_models), ZERO)
    ours, theirs = catalog.tokenizer_ratio(served), catalog.tokenizer_ratio(baseline)
    if ours == theirs:
        return tidy(as_counted + others), tidy(as_counted + others)
    converted = tidy((as_counted * theirs / ours).quantize(_DIGITS))
    return tidy(min(as_counted, converted) + others), tidy(max(as_counted, converted) + others)
