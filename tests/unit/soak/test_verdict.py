"""The soak's judge: it must see what it is there to see."""

from decimal import Decimal
from typing import Any

from tests.support.ledger_records import BOUND, SPENT, new_record, settled, with_intent, with_outcome

from model_router.domain.ledger.record import LedgerRecord
from soak.requests import soak_request
from soak.shapes import problem
from soak.verdict import verdict

KNOWN = settled(with_outcome(with_intent(new_record())))
UNKNOWN = settled(with_outcome(with_intent(new_record()), "unknown"))
FREE = settled(with_outcome(with_intent(new_record()), "free"))


def bill(record: LedgerRecord, usd: Decimal) -> dict[str, Any]:
    return {"attempt_id": record.attempts[0].id, "cost_usd": str(usd)}


def test_a_ledger_that_equals_its_bill_is_good() -> None:
    found = verdict([KNOWN, UNKNOWN, FREE], [bill(KNOWN, SPENT), bill(UNKNOWN, BOUND / 2)])
    assert found.good
    assert found.line(3, 7) == "soak: requests=3 attempts=3 lost=0 doubled=0 mispriced=0 unknown=1 seed=7"


def test_an_unknown_cost_may_be_nothing_at_all() -> None:
    assert verdict([UNKNOWN], []).good


def test_lost_doubled_and_mispriced_attempts_are_seen() -> None:
    assert verdict([], [bill(KNOWN, SPENT)]).lost == 1
    assert verdict([KNOWN, KNOWN], [bill(KNOWN, SPENT)]).doubled == 1
    assert verdict([KNOWN], [bill(KNOWN, SPENT), bill(KNOWN, SPENT)]).doubled == 1
    assert verdict([KNOWN], [bill(KNOWN, SPENT + Decimal("1E-12"))]).mispriced == 1
    assert verdict([KNOWN], []).mispriced == 1
    assert verdict([FREE], [bill(FREE, SPENT)]).mispriced == 1
    assert verdict([UNKNOWN], [bill(UNKNOWN, BOUND)]).mispriced == 1


def test_a_record_that_stays_open_is_seen() -> None:
    found = verdict([with_intent(new_record())], [])
    assert (found.open, found.good) == (1, False)


def test_answers_that_no_sdk_knows_are_seen() -> None:
    assert problem(200, b'{"content": []}') is None
    shaped = b'{"type":"error","error":{"type":"api_error","message":"m"},"request_id":"r"}'
    assert problem(500, shaped) is None
    for status, text in [(200, b"{}"), (502, b"<html>"), (500, b'{"message": "Internal server error"}'), (500, b"[]")]:
        assert problem(status, text)
    assert problem(500, shaped.replace(b"api_error", b"oops"))


def test_a_seed_sends_the_same_requests_again() -> None:
    assert [soak_request(1, n) for n in range(50)] == [soak_request(1, n) for n in range(50)]
    assert soak_request(1, 0) != soak_request(2, 0)
    assert {soak_request(1, n).path for n in range(50)} == {"/v1/route", "/v1/messages", "/v1/jobs"}
