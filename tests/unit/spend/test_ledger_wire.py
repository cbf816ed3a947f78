"""Facts straight from DynamoDB's wire form are those of the record, for every record that the traffic makes."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support.golden_week import golden_week
from tests.support.presets import Each, Preset
from tests.support.spend import SAVINGS, facts, wire

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.adapters.ledger.days import request_facts, take_items
from model_router.domain.ledger.record import LedgerRecord, ValidationCode
from model_router.domain.money.pricing import Usage

RECORDS = [*golden_week(), *SyntheticLedger(3, simulated=True).day(date(2026, 11, 16), 200)]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.request_id)
def test_the_facts_are_the_records(record: LedgerRecord) -> None:
    found = facts(record)
    assert found.day == record.created_at.date().isoformat()
    assert (found.client, found.task, found.arm, found.status) == (
        record.client,
        record.task,
        record.arm,
        record.status,
    )
    assert (found.tier, found.model, found.rules_version) == (record.tier, record.model, record.rules_version)
    assert dict(found.tags) == record.tags
    assert (found.baseline_low, found.baseline_high) == (record.baseline_cost_usd, record.baseline_cost_high_usd)
    assert (found.latency_ms, found.overhead_ms) == (record.latency_ms, record.overhead_ms)
    assert found.feedback == (record.feedback or {}).get("score")
    assert sum((call.cost for call in found.attempts), Decimal(0)) == record.cost_usd
    assert sum((call.cost + call.bound for call in found.attempts), Decimal(0)) == record.cost_max_usd
    for call, attempt in zip(found.attempts, record.attempts, strict=True):
        assert (call.tier, call.model, call.error) == (attempt.tier, attempt.model, attempt.error)
        assert call.latency_ms == attempt.latency_ms
        for kind in ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read"):
            assert getattr(call, f"{kind}_tokens") == getattr(attempt.usage, f"{kind}_tokens")
        assert call.unknown == (attempt.cost_state == "unknown")
        assert (call.checked, call.passed) == (
            bool(attempt.validations),
            all(validation.passed for validation in attempt.validations),
        )


@pytest.mark.parametrize("passed", [True, False, None])
def test_a_check_that_did_not_end_is_neither_a_pass_nor_a_failure(passed: bool | None) -> None:
    record = next(record for record in RECORDS if record.attempts[0].validations)
    attempt = record.attempts[0]
    finished = () if passed is None else (ValidationCode("json", passed, "x"),)
    validations = (*finished, ValidationCode("regex", passed=None, code="out_of_time"))
    record = replace(record, attempts=(replace(attempt, validations=validations), *record.attempts[1:]))
    call = facts(record).attempts[0]
    assert (call.checked, call.passed) == (passed is not None, passed is not False)


def test_an_item_that_only_an_intent_was_written_of_has_no_baseline_and_no_latency() -> None:
    opened = next(record for record in golden_week() if record.status == "open")
    found = facts(opened)
    assert "baseline_cost_usd" not in wire(opened)
    assert found.baseline_low == 0
    assert found.latency_ms is None
    assert not found.attempts[1].answered


def test_what_the_cache_saved_is_priced_by_the_catalog_of_the_day(preset: Preset) -> None:
    # Opus 4.7: 1,000 written for an hour at 10 for 5, 9,000 read at .50 for 5: 9,000 × 4.5 − 1,000 × 5.
    # Opus 5.5: 1,000 written at 8 for 4, 9,000 read at .20 for 4: 9,000 × 3.8 − 1,000 × 4.
    usd = preset.of(Each(Decimal("0.0355"), Decimal("0.0302")))
    usage = Usage(0, 0, cache_write_1h_tokens=1000, cache_read_tokens=9000)
    assert SAVINGS.of(preset.model("opus"), usage, date(2026, 11, 16)) == usd
    assert SAVINGS.of("a-model-of-tomorrow", usage, date(2026, 11, 16)) is None


def test_an_item_of_a_later_version_with_more_attributes_is_read() -> None:
    item = wire(golden_week()[0]) | {"invented_later": {"S": "x"}}
    assert request_facts(item, SAVINGS) == facts(golden_week()[0])


def test_an_attempt_whose_predecessor_is_not_written_yet_is_counted() -> None:
    item = wire(golden_week()[1])
    del item["a01"]
    assert [call.cost for call in request_facts(item, SAVINGS).attempts] == [Decimal("0.009")]


def hooked(status: int, answer: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    response: dict[str, Any] = {"status_code": status, "body": json.dumps(answer).encode()}
    kept: dict[str, Any] = {}
    take_items(response_dict=response, customized_response_dict=kept, operation_model=None)
    return json.loads(response["body"]), kept


def test_items_go_past_botocores_parser_and_the_rest_through_it() -> None:
    items = [{"pk": {"S": "2026-11-16#00"}}]
    left, kept = hooked(200, {"Items": items, "Count": 1, "LastEvaluatedKey": {"pk": {"S": "x"}}})
    assert kept == {"Items": items}
    assert left == {"Count": 1, "LastEvaluatedKey": {"pk": {"S": "x"}}}


def test_errors_and_counts_are_botocores_to_read() -> None:
    error = {"__type": "ThrottlingException"}
    assert hooked(400, error) == (error, {})
    assert hooked(200, {"Count": 3}) == ({"Count": 3}, {})
