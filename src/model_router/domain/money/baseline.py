"""The cost of a request without the router: the served answer's tokens at the baseline model's prices.

The low end uses the tokens as counted. The high end multiplies them by the ratio of the two models' tokenizers, because
newer tokenizers count more tokens for the same text. Batch, fast mode and region stay the same. Other models in the
call (an advisor, a fallback) cost the same on both sides.
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
    """(low, high) in USD of `usage`, counted by the model `served`, at the prices of `baseline`."""
    as_counted = cost(catalog, baseline, usage, at)
    others = sum((cost(catalog, other.model, other.usage, at) for other in other_models), ZERO)
    served_ratio, baseline_ratio = catalog.tokenizer_ratio(served), catalog.tokenizer_ratio(baseline)
    if served_ratio == baseline_ratio:
        return tidy(as_counted + others), tidy(as_counted + others)
    converted = tidy((as_counted * baseline_ratio / served_ratio).quantize(_DIGITS))
    return tidy(min(as_counted, converted) + others), tidy(max(as_counted, converted) + others)
