"""Settled ledger records that between them emit every metric of a request."""

from dataclasses import replace
from decimal import Decimal

from model_router.domain.catalog import UNLISTED
from model_router.domain.ledger.record import Attempt, CostState, LedgerRecord, ValidationCode
from model_router.domain.money.pricing import ZERO, Usage

REQUEST_ID = "req_01KBQ0V5E8000000000000000A"
MODELS = {"haiku": "claude-haiku-4-5-20251001", "sonnet": "claude-sonnet-4-6", "opus": "claude-opus-4-7"}

#: An attempt's `error`, one of each kind.
ERRORS = (
    "rate_limit_error",
    "overloaded_error",
    "api_error",
    "timeout_error",
    "timeout",
    "connection",
    "interrupted",
    "unintelligible",
    "invalid_request_error",
)


def attempt(
    number: int,
    tier: str = "haiku",
    *,
    cost: str | None = "0.003",
    error: str | None = None,
    passed: bool | None = None,
) -> Attempt:
    """The n-th attempt. `cost` None: unknown, at most $0.5. `passed` None: nothing checked it."""
    state: CostState = "unknown" if cost is None else "free" if error else "known"
    spent = None if cost is None else ZERO if error else Decimal(cost)
    verdict = () if passed is None else (ValidationCode("one_of", passed, "ok" if passed else "not_a_label"),)
    return Attempt(
        id=f"{REQUEST_ID}-{number}",
        tier=tier,
        model=MODELS.get(tier, "claude-opus-9"),
        cost_state=state,
        cost_usd=spent,
        cost_max_usd=Decimal("0.5") if spent is None else spent,
        usage=Usage(1000, 400),
        validations=verdict,
        latency_ms=800,
        error=error,
    )


def record(*attempts: Attempt, **changed: object) -> LedgerRecord:
    """A settled, routed request of the task classification; its tier is the last attempt's."""
    last = attempts[-1]
    settled = LedgerRecord(
        request_id=REQUEST_ID,
        client="team",
        task="classification",
        rule="classification: classify",
        rules_version="2026-11-01.1",
        arm="routed",
        proposed_tier="haiku",
        tier=last.tier,
        model=last.model,
        status="settled",
        tags={"feature": "inbox"},
        attempts=attempts,
        baseline_cost_usd=Decimal("0.015"),
        baseline_cost_high_usd=Decimal("0.0195"),
        latency_ms=1650,
        overhead_ms=12,
    )
    return replace(settled, **changed)  # type: ignore[arg-type]


def every_kind() -> list[LedgerRecord]:
    return [
        record(attempt(1, passed=True)),
        record(attempt(1, passed=False), attempt(2, "sonnet", cost="0.009", passed=True)),
        record(attempt(1, "opus"), arm="control", simulated=True),
        record(attempt(1, cost=None, error="timeout")),
        record(attempt(1, UNLISTED, cost=None), arm="pinned"),
        *(record(attempt(1, error=error)) for error in ERRORS),
    ]
