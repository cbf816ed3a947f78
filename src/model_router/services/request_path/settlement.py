"""The record of a request: as it begins, and with everything that is known at the end."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.policy import Policy
from model_router.services.request_path.run import Run

# A record that is still open this long after its request's deadline belongs to a process that died.
_GRACE = timedelta(seconds=60)


def opening_record(
    policy: Policy,
    request: RouteRequest,
    decision: Decision,
    request_id: str,
    deadline: datetime,
    earlier: tuple[Attempt, ...],
) -> LedgerRecord:
    """The record before this run's first attempt; `earlier` attempts are on it already."""
    return LedgerRecord(
        request_id=request_id,
        client=request.client,
        task=decision.task,
        rule=decision.rule,
        rules_version=policy.rules.version,
        arm=decision.arm,
        proposed_tier=decision.proposed_tier,
        tier=decision.tier,
        model=decision.model,
        open_until=deadline + _GRACE,
        tags=request.tags,
        attempts=earlier,
    )


def settle(run: Run, at: float) -> LedgerRecord:
    """The run's record, settled at the monotonic time `at`."""
    total_ms = round((at - run.started) * 1000)
    waited_ms = sum(attempt.latency_ms or 0 for attempt in run.record.attempts)
    served = run.served_attempt()
    low, high = _baseline(run, served)
    run.record = replace(
        run.record,
        status="settled",
        tier=served.tier,
        model=served.model,
        baseline_cost_usd=low,
        baseline_cost_high_usd=high,
        latency_ms=total_ms,
        overhead_ms=max(0, total_ms - waited_ms),
    )
    return run.record


def cut_short(run: Run, attempt: Attempt | None, at: float) -> LedgerRecord | None:
    """The record where an error ended the request, with its latest attempt as it stands; None: there is none."""
    if attempt is not None and (run.last is None or run.last.attempt.id != attempt.id):
        run.record = run.record.with_attempt(attempt)
    if not run.record.attempts:
        return None
    run.record = replace(run.record, status="settled", latency_ms=round((at - run.started) * 1000))
    return run.record


def _baseline(run: Run, served: Attempt) -> tuple[Decimal, Decimal]:
    if run.decision.arm != "routed":
        # Nothing was saved: they went where they would have gone.
        return run.record.cost_usd, run.record.cost_usd
    if served.cost_usd is None:
        return ZERO, ZERO
    model = run.policy.rules.baseline_model(run.request.pin, run.decision.task, run.request.client)
    return baseline_cost(run.policy.catalog, served.model, model, served.usage, run.now, served.other_models)
