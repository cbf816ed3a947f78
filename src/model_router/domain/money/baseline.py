"""The cost of a request without the router: the served answer's tokens at the baseline model's prices.

A conversation that moves to another model leaves its cache behind. The baseline would have kept its own: a `WarmPrompt`
says what that would have read and written instead. It reads at least what the served model read, because without the
router every call would have warmed it.

The low end uses the tokens as counted. The high end multiplies them by the ratio of the two models' tokenizers, because
newer tokenizers count more tokens for the same text. Batch, fast mode and region stay the same. Other models in the
call (an advisor, a fallback) cost the same on both sides.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage, cost, tidy
from model_router.domain.money.warm_prompt import WarmPrompt

_DIGITS = Decimal("1E-12")


def baseline_cost(
    catalog: Catalog,
    served: str,
    baseline: str,
    usage: Usage,
    at: datetime,
    other_models: Iterable[ModelUsage] = (),
    warm: WarmPrompt | None = None,
) -> tuple[Decimal, Decimal]:
    """(low, high) in USD of `usage`, counted by the model `served`, at the prices of `baseline`.

    Without `warm`, the baseline's cache reads and writes what the served model's did.
    """
    if warm is not None:
        usage = _with_own_cache(catalog, served, baseline, usage, warm)
    as_counted = cost(catalog, baseline, usage, at)
    others = sum((cost(catalog, other.model, other.usage, at) for other in other_models), ZERO)
    served_ratio, baseline_ratio = catalog.tokenizer_ratio(served), catalog.tokenizer_ratio(baseline)
    if served_ratio == baseline_ratio:
        return tidy(as_counted + others), tidy(as_counted + others)
    converted = tidy((as_counted * baseline_ratio / served_ratio).quantize(_DIGITS))
    return tidy(min(as_counted, converted) + others), tidy(max(as_counted, converted) + others)


def _with_own_cache(catalog: Catalog, served: str, baseline: str, usage: Usage, warm: WarmPrompt) -> Usage:
    """The same prompt as the baseline's own cache would have split it, in the served model's tokens."""
    prompt = usage.prompt_tokens
    ratio = catalog.tokenizer_ratio(served) / catalog.tokenizer_ratio(baseline)
    least = (catalog.card(baseline).min_cacheable_tokens or 0) * ratio

    def part(estimated: int) -> int:
        tokens = min(prompt, prompt * estimated // max(1, warm.total))
        return tokens if tokens >= least else 0

    read = max(part(warm.read), usage.cache_read_tokens if part(warm.cached) else 0)
    written = max(0, part(warm.cached) - read)
    one_hour = min(written, max(0, part(warm.one_hour) - read))
    return replace(
        usage,
        input_tokens=prompt - read - written,
        cache_write_5m_tokens=written - one_hour,
        cache_write_1h_tokens=one_hour,
        cache_read_tokens=read,
    )
