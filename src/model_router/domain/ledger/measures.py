"""Maps a settled record to the metrics of `domain.metric_names`."""

from collections.abc import Iterator
from dataclasses import dataclass

from model_router.domain.catalog import UNLISTED
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.metric_names import Dimension

#: The metric for each value of an attempt's `error`: Claude's error types, and the router's own.
ERRORS = {
    "rate_limit_error": "ClaudeRateLimited",
    "rate_limit": "ClaudeRateLimited",
    "overloaded_error": "ClaudeOverloaded",
    "overloaded": "ClaudeOverloaded",
    "api_error": "ClaudeServerErrors",
    "timeout_error": "ClaudeServerErrors",
    "server_error": "ClaudeServerErrors",
    "timeout": "ClaudeTimeouts",
    "connection": "ClaudeConnectionErrors",
    "key_unavailable": "ClaudeConnectionErrors",
    "interrupted": "ClaudeInterrupted",
    "unintelligible": "ClaudeUnintelligible",
}
_OTHER_ERRORS = "ClaudeRefused"


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of one metric. `dimension` is a name and a value, or None for the whole stack."""

    name: str
    value: float
    dimension: tuple[Dimension, str] | None = None


def measures(record: LedgerRecord) -> list[Measure]:
    """All measures of a settled record."""
    return [*_volume(record), *_money(record), *_attempts(record), *_quality(record), *_latency(record)]


def first_answer(record: LedgerRecord) -> Attempt | None:
    """The first attempt that got an answer."""
    return next((attempt for attempt in record.attempts if _answered(attempt)), None)


def escalated(record: LedgerRecord) -> bool:
    """Whether another attempt followed an answer. An attempt after a failed call is a fallback."""
    return any(_answered(attempt) for attempt in record.attempts[:-1])


def _answered(attempt: Attempt) -> bool:
    """An intent has neither an error nor a latency, because its outcome is unknown."""
    return attempt.error is None and attempt.latency_ms is not None


def _volume(record: LedgerRecord) -> Iterator[Measure]:
    yield Measure("Requests", 1)
    yield Measure("Attempts", len(record.attempts))
    if first_answer(record) is None:
        yield Measure("FailedRequests", 1)
    if record.simulated:
        yield Measure("SimulatedRequests", 1)


def _money(record: LedgerRecord) -> Iterator[Measure]:
    spent = float(record.cost_usd)
    yield Measure("CostUsd", spent)
    yield Measure("CostUsd", spent, ("tier", record.tier))
    yield Measure("BaselineUsd", float(record.baseline_cost_usd))
    unknown = [attempt.cost_max_usd for attempt in record.attempts if attempt.cost_state == "unknown"]
    if unknown:
        yield Measure("UnknownCostAttempts", len(unknown))
        yield Measure("UnknownCostMaxUsd", float(sum(unknown)))
    if unlisted := sum(attempt.tier == UNLISTED for attempt in record.attempts):
        yield Measure("UnlistedModelAttempts", unlisted)


def _attempts(record: LedgerRecord) -> Iterator[Measure]:
    for attempt in record.attempts:
        if attempt.cost_state == "known" and attempt.cost_usd is not None:
            yield Measure("AttemptCostUsd", float(attempt.cost_usd), ("model", attempt.model))
        if attempt.error is not None:
            yield Measure(ERRORS.get(attempt.error, _OTHER_ERRORS), 1)


def _quality(record: LedgerRecord) -> Iterator[Measure]:
    """Covers routed requests only: the control arm never escalates, and pinned requests have no choice of tier."""
    first = first_answer(record)
    if record.arm != "routed" or first is None:
        return
    went_up = float(escalated(record))
    yield Measure("Escalated", went_up)
    yield Measure("Escalated", went_up, ("task", record.task))
    finished = [validation.passed for validation in first.validations if validation.passed is not None]
    if finished:
        yield Measure("FirstAnswerPassed", float(all(finished)), ("task", record.task))


def _latency(record: LedgerRecord) -> Iterator[Measure]:
    if record.latency_ms is not None:
        yield Measure("LatencyMs", record.latency_ms, ("tier", record.tier))
    if record.overhead_ms is not None:
        yield Measure("OverheadMs", record.overhead_ms)
