"""What a settled record says in metrics."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from tests.support.records import MODELS, attempt, every_kind, record
from tests.support.spend import totals_of

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.domain.ledger.measures import measures
from model_router.domain.ledger.record import LedgerRecord, ValidationCode
from model_router.domain.metric_names import METRICS, OF_REQUESTS


def values(settled: LedgerRecord) -> dict[tuple[str, tuple[str, str] | None], float]:
    """Values by (name, dimension). Each occurs once, except those of several attempts."""
    return {(found.name, found.dimension): found.value for found in measures(settled)}


def test_a_plain_request_says_what_it_cost_took_and_was_worth() -> None:
    told = values(record(attempt(1, passed=True)))
    assert told == {
        ("Requests", None): 1,
        ("Attempts", None): 1,
        ("CostUsd", None): 0.003,
        ("CostUsd", ("tier", "haiku")): 0.003,
        ("BaselineUsd", None): 0.015,
        ("AttemptCostUsd", ("model", MODELS["haiku"])): 0.003,
        ("Escalated", None): 0,
        ("Escalated", ("task", "classification")): 0,
        ("FirstAnswerPassed", ("task", "classification")): 1,
        ("LatencyMs", ("tier", "haiku")): 1650,
        ("OverheadMs", None): 12,
    }


def test_an_escalated_request_counts_against_its_first_answer_and_costs_what_both_cost() -> None:
    told = values(record(attempt(1, passed=False), attempt(2, "sonnet", cost="0.009", passed=True)))
    assert told["Escalated", ("task", "classification")] == told["Escalated", None] == 1
    assert told["FirstAnswerPassed", ("task", "classification")] == 0
    assert told["CostUsd", ("tier", "sonnet")] == told["CostUsd", None] == 0.012
    assert told["AttemptCostUsd", ("model", MODELS["haiku"])] == 0.003
    assert told["AttemptCostUsd", ("model", MODELS["sonnet"])] == 0.009
    assert told["Attempts", None] == 2


def test_a_fallback_is_no_escalation() -> None:
    told = values(record(attempt(1, error="overloaded_error"), attempt(2, "sonnet", passed=True)))
    assert told["Escalated", None] == 0
    assert told["ClaudeOverloaded", None] == 1
    assert ("FailedRequests", None) not in told


@pytest.mark.parametrize("arm", ["control", "pinned"])
def test_only_routed_requests_count_for_escalation_and_quality(arm: str) -> None:
    told = values(record(attempt(1, passed=False), arm=arm))
    assert not {"Escalated", "FirstAnswerPassed"} & {name for name, _ in told}
    assert told["Requests", None] == 1


@pytest.mark.parametrize(
    ("passed", "told_of"), [(None, {}), (True, {"FirstAnswerPassed": 1}), (False, {"FirstAnswerPassed": 0})]
)
def test_a_check_that_did_not_end_counts_neither_as_passed_nor_as_failed(
    passed: bool | None, told_of: dict[str, float]
) -> None:
    first = attempt(1, passed=passed)
    unfinished = ValidationCode("regex", passed=None, code="out_of_time")
    told = values(record(replace(first, validations=(unfinished, *first.validations))))
    assert {name: value for (name, _), value in told.items() if name == "FirstAnswerPassed"} == told_of


def test_an_answer_that_nothing_checked_says_nothing_of_quality() -> None:
    told = values(record(attempt(1)))
    assert "FirstAnswerPassed" not in {name for name, _ in told}
    assert told["Escalated", None] == 0


def test_an_unknown_cost_is_measured_separately_with_its_bound_and_never_as_zero() -> None:
    told = values(record(attempt(1, cost=None, error="timeout"), attempt(2, "sonnet", cost=None, error="connection")))
    assert (told["UnknownCostAttempts", None], told["UnknownCostMaxUsd", None]) == (2, 1.0)
    assert "AttemptCostUsd" not in {name for name, _ in told}


def test_a_request_that_nothing_answered_has_failed_and_is_not_counted_for_the_rates() -> None:
    told = values(record(attempt(1, error="rate_limit_error"), attempt(2, "sonnet", error="overloaded_error")))
    assert told["FailedRequests", None] == 1
    assert (told["ClaudeRateLimited", None], told["ClaudeOverloaded", None]) == (1, 1)
    assert "Escalated" not in {name for name, _ in told}


@pytest.mark.parametrize(
    ("error", "metric"),
    [
        ("rate_limit_error", "ClaudeRateLimited"),
        ("overloaded_error", "ClaudeOverloaded"),
        ("api_error", "ClaudeServerErrors"),
        ("timeout_error", "ClaudeServerErrors"),
        ("timeout", "ClaudeTimeouts"),
        ("connection", "ClaudeConnectionErrors"),
        ("interrupted", "ClaudeInterrupted"),
        ("unintelligible", "ClaudeUnintelligible"),
        ("authentication_error", "ClaudeRefused"),
        ("an_error_that_is_new", "ClaudeRefused"),
    ],
)
def test_every_error_has_its_metric(error: str, metric: str) -> None:
    assert values(record(attempt(1, error=error)))[metric, None] == 1


def test_a_stand_ins_requests_are_counted_as_simulated() -> None:
    assert values(record(attempt(1), simulated=True))["SimulatedRequests", None] == 1


def test_the_sample_records_emit_every_metric_of_requests_with_all_its_dimensions_and_nothing_else() -> None:
    emitted = {
        (found.name, (found.dimension[0],) if found.dimension else ())
        for settled in every_kind()
        for found in measures(settled)
    }
    table = {(name, dimensions) for name, metric in OF_REQUESTS.items() for dimensions in metric.dimensions}
    assert emitted == table


def test_no_client_and_no_tag_is_a_dimension() -> None:
    dimensions = {name for metric in METRICS.values() for found in metric.dimensions for name in found}
    assert dimensions == {"tier", "task", "model"}


def test_a_value_that_occurs_once_in_a_record_is_measured_once() -> None:
    twice = [found for settled in every_kind() for found, number in Counter(_once(settled)).items() if number > 1]
    assert twice == []


def _once(settled: LedgerRecord) -> list[tuple[str, tuple[str, str] | None]]:
    repeated = ("AttemptCostUsd", "Claude")
    return [(found.name, found.dimension) for found in measures(settled) if not found.name.startswith(repeated)]


def test_an_intent_without_an_outcome_is_no_answer() -> None:
    told = values(record(replace(attempt(1, cost=None), latency_ms=None)))
    assert told["FailedRequests", None] == told["UnknownCostAttempts", None] == 1
    assert "Escalated" not in {name for name, _ in told}


def test_the_metrics_agree_with_the_reports_of_the_same_records() -> None:
    records = [*every_kind(), *SyntheticLedger(3, failures=2.0).day(date(2026, 11, 20), 400)]
    totals = totals_of(records)
    sums: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for settled in records:
        for found in measures(settled):
            if found.dimension is None or found.dimension[0] == "task":
                name = found.name if found.dimension is None else f"{found.name} by task"
                sums[name] += found.value  # type: ignore[assignment]
                cases[name] += 1
    quality, whole = totals.quality.total(), totals.days.total()
    assert quality.escalated > 10
    assert (sums["Requests"], sums["Attempts"]) == (whole.requests, whole.calls)
    assert (sums["Escalated"], cases["Escalated"]) == (quality.escalated, quality.eligible)
    assert (sums["FirstAnswerPassed by task"], cases["FirstAnswerPassed by task"]) == (quality.passed, quality.checked)
    assert sums["FailedRequests"] == whole.requests - whole.answered
    assert sums["CostUsd"] == pytest.approx(float(whole.cost))
    assert sums["UnknownCostMaxUsd"] == pytest.approx(float(whole.unknown_bound))
