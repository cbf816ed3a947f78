"""Our own ledger, in either of its forms: billed as it says, and summed up as the reports do."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.samples import policy
from tests.support.spend import SAVINGS, facts, totals_of, wire

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.domain.json_codec import dumps
from model_router.domain.ledger.record import LedgerRecord, ValidationCode
from model_router.domain.spend.totals.totals import Totals
from router_cli.call_logs import ledger_entries
from router_cli.call_logs.audit import Audit
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.reading import read_logs

RECORDS = list(SyntheticLedger(8, failures=4).day(date(2026, 11, 16), 200))


def export(record: LedgerRecord) -> str:
    return json.dumps({"Item": wire(record)})


def answer(record: LedgerRecord) -> str:
    return dumps(record.to_json())


def written(tmp_path: Path, *lines: str) -> list[LoggedCall]:
    file = tmp_path / "ledger"
    file.write_text("\n".join(lines))
    calls = list(read_logs([file]))
    assert all(isinstance(call, LoggedCall) for call in calls), calls
    return [call for call in calls if isinstance(call, LoggedCall)]


@pytest.mark.parametrize("form", [export, answer])
def test_the_bill_is_that_of_every_attempt_to_the_last_digit(tmp_path: Path, form: Any) -> None:
    calls = written(tmp_path, *map(form, RECORDS))
    assert sum(len(record.attempts) for record in RECORDS) > len(RECORDS)
    audit = Audit(policy())
    for call in calls:
        audit.add(call)
    assert audit.total.today_usd == sum(record.cost_usd for record in RECORDS)
    unknown = sum(a.cost_max_usd for r in RECORDS for a in r.attempts if a.cost_state == "unknown")
    assert audit.unknown_usd == unknown
    assert {name: part.calls for name, part in audit.by_task.items()} == {
        task: sum(record.task == task for record in RECORDS) for task in {record.task for record in RECORDS}
    }


@pytest.mark.parametrize("form", [export, answer])
def test_the_reports_sums_are_those_of_the_table(tmp_path: Path, form: Any) -> None:
    totals = Totals()
    for call in written(tmp_path, *map(form, RECORDS)):
        assert call.record is not None
        totals.add(ledger_entries.facts(call.record, SAVINGS))
    assert totals == totals_of(RECORDS)


@pytest.mark.parametrize("form", [export, answer])
def test_a_check_that_did_not_end_is_no_outcome(tmp_path: Path, form: Any) -> None:
    record = RECORDS[0]
    codes = (ValidationCode("regex", passed=None, code="out_of_time"),)
    record = replace(record, attempts=(replace(record.attempts[0], validations=codes),))
    [call] = written(tmp_path, form(record))
    assert call.passed is None


@pytest.mark.parametrize("form", [export, answer])
def test_an_outcome_is_the_first_answers(tmp_path: Path, form: Any) -> None:
    for record, call in zip(RECORDS, written(tmp_path, *map(form, RECORDS)), strict=True):
        first = next((attempt for attempt in record.attempts if attempt.error is None), record.attempts[0])
        assert call.tier == first.tier
        assert call.passed == (all(v.passed for v in first.validations) if first.validations else None)
        assert (call.escalated is not None) == (record.arm == "routed")


def test_a_scan_of_the_table_and_an_array_are_read_too(tmp_path: Path) -> None:
    few = RECORDS[:3]
    scan = json.dumps({"Items": [wire(record) for record in few], "Count": 3}, indent=2)
    array = f"[{','.join(answer(record) for record in few)}]"
    billed = [record.cost_usd for record in few]
    assert [call.billed_usd for call in written(tmp_path, scan)] == billed
    assert [call.billed_usd for call in written(tmp_path, array)] == billed


def test_amounts_with_more_digits_than_a_float_has_stay_exact(tmp_path: Path) -> None:
    told = RECORDS[0].to_json()
    attempts = [{**dict(attempt), "cost_usd": Decimal("0.12345678901234567891")} for attempt in told["attempts"][:1]]  # type: ignore[index]
    [call] = written(tmp_path, dumps({**told, "attempts": attempts}))
    assert call.billed_usd == Decimal("0.12345678901234567891")


def test_facts_of_either_form_are_the_same(tmp_path: Path) -> None:
    for record in RECORDS[:20]:
        assert (
            ledger_entries.facts(json.loads(answer(record), parse_float=Decimal), SAVINGS).attempts
            == facts(record).attempts
        )
