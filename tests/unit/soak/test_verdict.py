"""The soak's verdict finds every fault that it looks for."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.ledger_records import BOUND, SPENT, new_record, settled, with_intent, with_outcome

from devtools.soak.requests import KEY_TAG
from devtools.soak.verdict import verdict
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.money.pricing import ZERO

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
    for_nothing = replace(KNOWN, attempts=(replace(KNOWN.attempts[0], cost_usd=ZERO, cost_max_usd=ZERO),))
    assert verdict([for_nothing], []).mispriced == 1, "a known cost has its line in the bill"
    assert verdict([UNKNOWN], [bill(UNKNOWN, BOUND)]).mispriced == 1


def test_a_record_that_stays_open_is_seen() -> None:
    found = verdict([with_intent(new_record())], [])
    assert (found.open, found.good) == (1, False)


def test_what_is_run_again_under_its_key_is_seen_although_it_costs_what_it_says() -> None:
    keyed = replace(KNOWN, tags={KEY_TAG: "1-7"})
    again = settled(with_outcome(with_intent(replace(new_record(), tags={KEY_TAG: "1-7"}))))
    bills = [bill(keyed, SPENT), bill(again, SPENT)]
    assert verdict([keyed, again], bills, {"1-7": 2}).good
    assert verdict([keyed, again], bills, {"1-7": 1}).doubled == 1
    assert verdict([keyed], bills[:1], {}).doubled == 1
