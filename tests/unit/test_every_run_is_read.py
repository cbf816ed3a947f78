"""A job that ran twice, read by everything that reads the ledger: the attempts of the second run begin at `a101`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from tests.support.ledger_records import SPENT, new_record, settled, with_intent, with_outcome
from tests.support.samples import policy
from tests.support.spend import SAVINGS, wire

from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.attempts import attempts_of
from model_router.adapters.ledger.days import request_facts
from model_router.domain.json_codec import dumps
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import from_text, to_text
from router_cli.call_logs import ledger_entries
from router_cli.call_logs.audit import Audit
from router_cli.call_logs.reading import read_logs

_deserialize = TypeDeserializer().deserialize


def _job() -> LedgerRecord:
    """A 529 and eleven further attempts in the first run, and an answer in the second."""
    record = with_outcome(with_intent(new_record()), "free")
    first = replace(record.attempts[0], error="overloaded_error")
    answer = with_outcome(with_intent(new_record())).attempts[0]
    numbers = [*range(1, 13), 101]
    attempts = [
        replace(answer if number == 101 else first, id=f"{record.request_id}-{number}", latency_ms=number)
        for number in numbers
    ]
    return settled(replace(record, attempts=tuple(attempts)))


JOB = _job()


def _stored() -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in wire(JOB).items()}


def _audited(tmp_path: Path, entry: str) -> Decimal:
    (tmp_path / "log").write_text(entry)
    audit = Audit(policy())
    for call in read_logs([tmp_path / "log"]):
        audit.add(call)
    return audit.total.today_usd


@pytest.mark.parametrize("entry", [json.dumps({"Item": wire(JOB)}), dumps(JOB.to_json())], ids=["export", "answer"])
def test_an_audit_bills_the_second_run(tmp_path: Path, entry: str) -> None:
    assert _audited(tmp_path, entry) == SPENT


READERS: Mapping[str, Callable[[], list[int | None]]] = {
    "reports and daily totals": lambda: [call.latency_ms for call in request_facts(wire(JOB), SAVINGS).attempts],
    "recommend, from an export": lambda: [
        call.latency_ms for call in ledger_entries.facts({"Item": wire(JOB)}, SAVINGS).attempts
    ],
    "recommend, from answers": lambda: [
        call.latency_ms
        for call in ledger_entries.facts(json.loads(dumps(JOB.to_json()), parse_float=Decimal), SAVINGS).attempts
    ],
    "reconciliation": lambda: [int(call.id.rpartition("-")[2]) for call in attempts_of(wire(JOB))],
    "GET /v1/requests and the reaper": lambda: [
        attempt.latency_ms for attempt in ledger_item.to_record(_stored()).attempts
    ],
    "the replayer": lambda: [attempt.latency_ms for attempt in from_text(to_text(JOB)).attempts],
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_finds_the_attempts_of_both_runs_in_their_order(reader: str) -> None:
    assert READERS[reader]() == [*range(1, 13), 101]
