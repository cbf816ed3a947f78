"""Two runs of a job on one record of the ledger, neither of which knows what the other wrote."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.ledger_records import NOON, new_record, settled, with_intent, with_outcome
from tests.support.update_item import MemoryTable

from model_router.adapters.ledger.item import attempt_names
from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import InvalidRecord, from_text, to_text


def second_run(record: LedgerRecord) -> LedgerRecord:
    """What a further run of a job writes first, where it found nothing of the first one in the ledger."""
    (attempt,) = with_intent(replace(record, attempts=())).attempts
    later = replace(attempt, id=f"{record.request_id}-101")
    return replace(record, attempts=(later,), open_until=NOON + timedelta(hours=1))


@pytest.fixture
def ledger() -> DynamoLedger:
    return DynamoLedger(MemoryTable(), "ledger")  # type: ignore[arg-type]


def test_the_attempts_of_both_are_on_record_whichever_is_written_first(ledger: DynamoLedger) -> None:
    first = settled(with_outcome(with_intent(new_record())))
    second = settled(with_outcome(second_run(first)))
    for earlier, later in [(first, second), (second, first)]:
        ledger.settle(earlier)
        ledger.settle(later)
        found = ledger.read(first.request_id)
        assert found is not None
        assert found.attempts == (*first.attempts, *second.attempts)


def test_a_record_is_not_closed_under_a_run_that_has_begun_since_it_was_read(ledger: DynamoLedger) -> None:
    first = with_intent(new_record())
    ledger.add_intent(first)
    read = ledger.read(first.request_id)
    assert read is not None
    ledger.add_intent(second_run(first))
    assert not ledger.abandon(read)
    both = ledger.read(first.request_id)
    assert both is not None
    assert ledger.abandon(both)


def test_attempts_are_in_the_order_of_their_numbers() -> None:
    assert attempt_names(["a101", "arm", "a02", "a12", "at", "a01"]) == ["a01", "a02", "a12", "a101"]


def test_a_record_whose_attempts_have_no_numbers_is_none() -> None:
    record = settled(with_outcome(with_intent(new_record())))
    text = to_text(record)
    assert from_text(text) == record
    for wrong in ("-x", "-0", ""):
        with pytest.raises(InvalidRecord):
            from_text(text.replace(f'"id":"{record.request_id}-1"', f'"id":"{record.request_id}{wrong}"'))
