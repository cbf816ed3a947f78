"""The final record of a request. Pure: `Run.close` takes the result."""

from dataclasses import replace
from decimal import Decimal

from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import ZERO
from model_router.domain.money.warm_prompt import WarmPrompt, warm_prompt
from model_router.services.request_path.run import Run


def settled_record(run: Run, at: float) -> LedgerRecord:
    """The record of a run that ended at the monotonic time `at`."""
    total_ms = round((at - run.started) * 1000)
    waited_ms = sum(attempt.latency_ms or 0 for attempt in run.record.attempts)
    served = run.served_attempt()
    low, high = _baseline(run, served)
    return replace(
        run.record,
        status="settled",
        tier=served.tier,
        model=served.model,
        baseline_cost_usd=low,
        baseline_cost_high_usd=high,
        latency_ms=total_ms,
        overhead_ms=max(0, total_ms - waited_ms),
    )


def interrupted_record(run: Run, attempt: Attempt | None, at: float) -> LedgerRecord | None:
    """The record of a run that an error ended, with its latest attempt. None if there was no attempt."""
    record = run.record
    if attempt is not None and (run.last is None or run.last.attempt.id != attempt.id):
        record = record.with_attempt(attempt)
    if not record.attempts:
        return None
    return replace(record, status="settled", latency_ms=round((at - run.started) * 1000))


def _baseline(run: Run, served: Attempt) -> tuple[Decimal, Decimal]:
    """What the request would have cost without the router, in USD: at least and at most."""
    if run.decision.arm != "routed":
        return run.record.cost_usd, run.record.cost_usd
    if served.cost_usd is None:
        return ZERO, ZERO
    model = run.policy.rules.baseline_model(run.request, run.decision.task)
    usage, warm = served.usage, _baselines_cache(run, served)
    return baseline_cost(run.policy.catalog, served.model, model, usage, run.now, served.other_models, warm)


def _baselines_cache(run: Run, served: Attempt) -> WarmPrompt | None:
    """What the baseline's cache would have held, or None if the served model's cache held the same.

    It did if the call before went to this model, too: what it has not found, has expired for the baseline as well. But
    the served model cannot have cached a prompt that was too short for it.
    """
    usage = served.usage
    stayed = served.tier == (run.decision.moved_from or run.decision.tier)
    if stayed and usage.cache_read_tokens:
        return None
    warm = warm_prompt(run.request.body, run.decision.size.tokens)
    if warm is None or not stayed or usage.prompt_tokens == usage.input_tokens:
        return warm
    catalog = run.policy.catalog
    least = catalog.card_for_bound(served.model).min_cacheable_tokens or 0
    return warm if 0 < warm.read * catalog.tokenizer_ratio(served.model) < least else None
