"""A record as the spool and the log keep it reads back exactly."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.fakes import FakeLedger, FakeTelemetry
from tests.support.ledger_records import new_record, settled, with_intent, with_outcome

from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import InvalidRecord, from_text, to_text
from model_router.services.replay_spool import ReplaySpoolService, records_in_log, replay_record

OPEN = with_intent(new_record())
SETTLED = settled(with_outcome(OPEN))
ESCALATED = settled(with_outcome(with_intent(with_outcome(OPEN, "unknown")), "free"))


OF_A_SESSION = replace(SETTLED, session="ses_0123456789abcdef", opens_turn=True)


@pytest.mark.parametrize("record", [OPEN, SETTLED, ESCALATED, OF_A_SESSION, replace(SETTLED, status="abandoned")])
def test_it_reads_back_as_it_was(record: Any) -> None:
    assert from_text(to_text(record)) == record
    assert "\n" not in to_text(record)


@given(st.decimals(min_value=0, max_value=10**6, places=14), st.text(max_size=30))
def test_money_and_names_read_back_whatever_they_are(amount: Decimal, name: str) -> None:
    [attempt] = SETTLED.attempts
    record = replace(
        SETTLED,
        tags={name: name},
        attempts=(replace(attempt, cost_usd=amount, cost_max_usd=amount),),
        baseline_cost_usd=amount,
    )
    read = from_text(to_text(record))
    assert read == record
    assert str(read.attempts[0].cost_usd) == str(amount)


def test_a_record_of_before_sessions_were_kept_has_none() -> None:
    stored = json.loads(to_text(OF_A_SESSION))
    del stored["session"], stored["opens_turn"]
    assert from_text(json.dumps(stored)) == SETTLED


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "7", "{", to_text(SETTLED).replace("settled", "lost"), to_text(OPEN).replace("req_", "x")],
)
def test_what_is_no_record_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(InvalidRecord) as raised:
        from_text(text)
    assert "key1" not in str(raised.value)


def test_an_open_record_is_replayed_as_an_intent_and_a_closed_one_as_a_settlement() -> None:
    ledger = FakeLedger()
    assert replay_record(ledger, to_text(OPEN)) == OPEN.request_id
    replay_record(ledger, to_text(SETTLED))
    assert ledger.writes == [("intent", OPEN), ("settle", SETTLED)]


def test_only_what_was_not_written_is_delivered_again() -> None:
    ledger, telemetry = FakeLedger(), FakeTelemetry()
    service = ReplaySpoolService(ledger, telemetry)
    assert service.replay({"a": to_text(SETTLED), "b": "no record"}) == ["b"]
    assert telemetry.named("SpoolMessageInvalid")[0]["message_id"] == "b"
    ledger.broken = True
    assert service.replay({"a": to_text(SETTLED), "c": to_text(OPEN)}) == ["a", "c"]


def test_while_the_ledger_is_unavailable_a_batch_waits_for_it_once() -> None:
    class Away(FakeLedger):
        asked = 0

        def settle(self, record: LedgerRecord) -> None:
            self.asked += 1
            raise LedgerUnavailable("ReadTimeoutError")

    ledger = Away()
    texts = {str(number): to_text(SETTLED) for number in range(10)}
    assert ReplaySpoolService(ledger, FakeTelemetry()).replay(texts) == list(texts)
    assert ledger.asked == 1


def test_log_lines_are_found_among_others_and_behind_what_tools_put_before_them() -> None:
    line = json.dumps({"level": "WARNING", "message": "LedgerRecordLogged", "record": to_text(SETTLED)})
    metric = json.dumps({"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "LedgerRecordLogged"}]}]}})
    lines = ["START RequestId: 1", '{"message":"request settled"}', f"2026-11-23T12:00:00Z {line}\n", metric]
    [(number, text)] = records_in_log(lines)
    assert (number, from_text(text or "")) == (3, SETTLED)


def test_two_processes_that_wrote_into_one_line_hide_no_record() -> None:
    records = [json.dumps({"message": "LedgerRecordLogged", "record": to_text(r)}) for r in (OPEN, SETTLED)]
    found = [from_text(text or "") for _, text in records_in_log(["".join(records) + "\n", "\n"])]
    assert found == [OPEN, SETTLED]


@pytest.mark.parametrize("line", ["LedgerRecordLogged", '{"message":"LedgerRecordLogged"}', '{"LedgerRecordLogged": '])
def test_a_cut_log_line_is_said_to_be_one(line: str) -> None:
    whole = json.dumps({"message": "LedgerRecordLogged", "record": to_text(OPEN)})
    found = dict(records_in_log(["", line, whole]))
    assert found[2] is None
    assert from_text(found[3] or "") == OPEN
