"""What the ledger does not take goes to the spool, else to the log, and nobody waits longer than a bound."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.support.fakes import FakeLedger, FakeTelemetry
from tests.support.ledger_records import new_record, settled, with_intent, with_outcome
from tests.support.update_item import MemoryTable

from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ledger.ports import LedgerUnavailable, SpoolUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import from_text
from model_router.services.request_path import ledger_writer
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.request_path.write_threads import WriteHangs, WriteThreads

OPEN = with_intent(new_record())
SETTLED = settled(with_outcome(OPEN))


class FakeSpool:
    def __init__(self) -> None:
        self.kept: list[LedgerRecord] = []
        self.error: Exception | None = None

    def keep(self, record: LedgerRecord) -> None:
        if self.error is not None:
            raise self.error
        self.kept.append(record)


class HangingLedger(FakeLedger):
    """Takes a write when it is let go, long after it was given up."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def _write(self, kind: str, record: LedgerRecord) -> None:
        self.let_go.wait(30)
        super()._write(kind, record)


@pytest.fixture
def hanging() -> Iterator[HangingLedger]:
    ledger = HangingLedger()
    yield ledger
    ledger.let_go.set()


@pytest.fixture
def spool() -> FakeSpool:
    return FakeSpool()


@pytest.fixture
def telemetry() -> FakeTelemetry:
    return FakeTelemetry()


def seconds(job: Callable[[], object]) -> float:
    started = time.monotonic()
    job()
    return time.monotonic() - started


def logged(telemetry: FakeTelemetry) -> list[LedgerRecord]:
    return [from_text(str(event["record"])) for event in telemetry.named("LedgerRecordLogged")]


def test_a_request_makes_two_writes_and_nothing_else(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    ledger = FakeLedger()
    books = LedgerWriter(ledger, telemetry, spool)
    books.begin_attempt(OPEN)()
    books.settle(SETTLED)
    assert [kind for kind, _ in ledger.writes] == ["intent", "settle"]
    assert (spool.kept, telemetry.events) == ([], [])


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_in_dynamodb_each_attempt_is_one_write_and_the_settlement_one_more(
    attempts: int, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    table: Any = MemoryTable()
    books = LedgerWriter(DynamoLedger(table, "ledger"), telemetry, spool)
    record = new_record()
    for _ in range(attempts):
        record = with_intent(record)
        books.begin_attempt(record)()
        record = with_outcome(record)
    books.settle(settled(record))
    assert table.updates == attempts + 1


def test_the_intent_is_written_while_the_connection_is_set_up(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    """So that a normal request waits for little more than one write."""

    class SlowLedger(FakeLedger):
        def _write(self, kind: str, record: LedgerRecord) -> None:
            time.sleep(0.1)
            super()._write(kind, record)

    books = LedgerWriter(SlowLedger(), telemetry, spool)
    acknowledged = books.begin_attempt(OPEN)
    time.sleep(0.1)  # the connection
    assert seconds(acknowledged) < 0.08
    assert 0.09 < seconds(lambda: books.settle(SETTLED)) < 0.3


def test_what_the_ledger_refuses_is_spooled_and_not_logged(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    ledger = FakeLedger()
    ledger.broken = True
    books = LedgerWriter(ledger, telemetry, spool)
    books.begin_attempt(OPEN)()
    books.settle(SETTLED)
    assert spool.kept == [OPEN, SETTLED]
    assert [event["write"] for event in telemetry.named("LedgerWriteFailed")] == ["intent", "settle"]
    assert logged(telemetry) == []


@pytest.mark.parametrize("error", [SpoolUnavailable("SendMessage: InternalFailure"), TypeError("a bug")])
def test_what_the_spool_refuses_too_is_logged_whole(
    error: Exception, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    ledger = FakeLedger()
    ledger.broken, spool.error = True, error
    LedgerWriter(ledger, telemetry, spool).settle(SETTLED)
    assert logged(telemetry) == [SETTLED]


def test_a_bug_in_the_ledger_loses_no_record_and_is_not_quoted(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    class BuggyLedger(FakeLedger):
        def settle(self, record: LedgerRecord) -> None:
            raise TypeError(f"cannot serialise {record}")

    LedgerWriter(BuggyLedger(), telemetry, spool).settle(SETTLED)
    assert spool.kept == [SETTLED]
    assert [event["why"] for event in telemetry.named("LedgerWriteFailed")] == ["TypeError"]


def test_a_hanging_ledger_holds_a_call_up_for_a_quarter_of_a_second(
    hanging: HangingLedger, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    books = LedgerWriter(hanging, telemetry, spool)
    assert 0.2 < seconds(books.begin_attempt(OPEN)) < 0.6
    assert spool.kept == [OPEN]


def test_an_answer_waits_less_for_its_settlement_than_the_doors_keep_back(
    hanging: HangingLedger, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    assert ledger_writer.SETTLE_SECONDS + ledger_writer.SPOOL_SECONDS < 2
    books = LedgerWriter(hanging, telemetry, spool)
    assert seconds(lambda: books.settle(SETTLED)) < ledger_writer.SETTLE_SECONDS + 0.4
    assert spool.kept == [SETTLED]


def test_hanging_writes_do_not_take_the_threads_of_later_ones(
    hanging: HangingLedger, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    books = LedgerWriter(hanging, telemetry, spool)
    for _ in range(6):
        books.begin_attempt(OPEN)
    hanging.let_go.set()
    assert seconds(books.begin_attempt(OPEN)) < 0.2
    assert spool.kept == []


def test_threads_are_bounded_and_used_again() -> None:
    writers, gate, before = WriteThreads(), threading.Event(), threading.active_count()

    def hang() -> None:
        gate.wait(30)

    hung = [writers.start(hang) for _ in range(16)]
    with pytest.raises(WriteHangs, match="16 earlier writes hang"):
        writers.start(lambda: None).wait(5)
    gate.set()
    for write in hung:
        write.wait(5)
    for _ in range(100):
        writers.start(lambda: None).wait(5)
    assert threading.active_count() <= before + 16


def test_threads_end_with_their_owner() -> None:
    class Owner:
        def __init__(self) -> None:
            self.writers = WriteThreads()

        def work(self) -> None:
            return

    before = threading.active_count()
    owners = [Owner() for _ in range(20)]
    for owner in owners:
        owner.writers.start(owner.work).wait(5)
    assert threading.active_count() == before + 20
    del owner
    owners.clear()
    gc.collect()
    ends = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < ends:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_an_error_of_a_write_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise LedgerUnavailable("UpdateItem: x")

    with pytest.raises(LedgerUnavailable, match="UpdateItem: x"):
        WriteThreads().start(fail).wait(5)


def test_a_record_that_the_log_refuses_too_costs_no_answer(spool: FakeSpool, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(FakeTelemetry):
        def event(self, name: str, **fields: object) -> None:
            super().event(name, **fields)
            if fields.get("write") == "log":
                raise ValueError("nothing is taken")

    telemetry = Refusing()
    spool.error = SpoolUnavailable("S3 is away")
    ledger = FakeLedger()
    ledger.broken = True
    monkeypatch.setattr(ledger_writer, "to_text", lambda _: 1 / 0)
    LedgerWriter(ledger, telemetry, spool).settle(SETTLED)
    assert [event["write"] for event in telemetry.named("LedgerWriteFailed")] == ["settle", "log"]
    assert logged(telemetry) == []
