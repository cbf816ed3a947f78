"""Whether the soak sees that the budgets' counters differ from the ledger."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.support.ledger_records import BOUND, SPENT, new_record, settled, with_intent, with_outcome

from devtools.soak.budget_sums import differences
from model_router.domain.ledger.record import LedgerRecord

RECORD = settled(with_outcome(with_intent(new_record())))
UNKNOWN = settled(with_outcome(with_intent(new_record()), "unknown"))
ATTEMPT = RECORD.attempts[0]
MARK = f"{ATTEMPT.id.removeprefix('req_')}.3"
ACCOUNT = f"client:{RECORD.client}#2026-11"


def item(usd: Decimal, key: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"pk": key, "expires_at": 1, "m": usd, "d27": usd, **more}


def found(items: Iterable[Any], *records: LedgerRecord, uncertain: bool = False, killed: int = 0) -> list[str]:
    return differences(items, records, lambda _record, _attempt: uncertain, killed)


def test_counters_that_equal_the_ledgers_sum_are_right() -> None:
    assert found([item(ATTEMPT.cost_max_usd)], RECORD) == []
    both = [item(SPENT + UNKNOWN.attempts[0].cost_max_usd), item(SPENT, "client:other#2026-11")]
    assert found(both[:1], RECORD, UNKNOWN) == []
    assert found(both, RECORD, UNKNOWN), "the other client has no records"


def test_a_sessions_counter_is_compared_with_the_records_of_the_session() -> None:
    record, other = replace(RECORD, session="ses_1"), replace(RECORD, session="ses_2")

    def counted(usd: Decimal) -> dict[str, Any]:
        return {"pk": "session:ses_1#all", "expires_at": 1, "t": usd}

    assert found([counted(SPENT)], record, other) == []
    assert len(found([counted(SPENT * 2)], record, other)) == 2


def test_the_items_of_a_sharded_account_count_together_over_all_months() -> None:
    grant = {"g02": "1", "g02_usd": "m=7 d27=7"}
    own, shard = item(Decimal(7), "stack#2026-11", **grant), item(SPENT - 7, "stack#2026-11#02", credited="1")
    assert found([own, shard], RECORD) == []
    assert found([own, item(SPENT, "stack#2026-11#02")], RECORD) == [], "granted, and the process died then"
    assert found(
        [own, item(SPENT - 7, "stack#2026-12#02", credited="1"), item(Decimal(-7), "stack#2026-11#02")], RECORD
    )


def test_too_much_and_too_little_are_seen() -> None:
    assert len(found([item(SPENT + Decimal("1E-9"))], RECORD)) == 2
    assert len(found([item(SPENT - Decimal("1E-9"))], RECORD)) == 2
    assert len(found([{**item(SPENT), "d27": Decimal(0)}], RECORD)) == 1


def test_a_hold_is_left_only_where_its_process_was_killed() -> None:
    leaked = item(SPENT + BOUND, **{MARK: f"held 1 {BOUND}"})
    assert len(found([leaked], RECORD)) == 3
    held = item(BOUND, **{MARK: f"held 1 {BOUND}"})
    assert found([held], RECORD, uncertain=True) == []
    assert len(found([leaked], RECORD, uncertain=True)) == 2


def test_a_killed_process_may_have_reserved_or_settled_without_a_log_line() -> None:
    assert found([item(Decimal(0))], RECORD, uncertain=True) == []
    unrecorded = item(BOUND, **{MARK: f"held 1 {BOUND}"})
    assert found([unrecorded], killed=1) == []
    assert len(found([unrecorded])) == 3
