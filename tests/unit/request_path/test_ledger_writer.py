"""A record that the ledger refuses goes to the spool, else to the log, and every wait is bounded."""

import gc
import threading
from collections.abc import Iterator
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
from model_router.services.write_threads import PendingWrite, WriteHangs, WriteThreads

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


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each write is waited for, in seconds. Every write is given up at once."""
    waits: list[float] = []

    def give_up(_: PendingWrite, seconds: float) -> None:
        waits.append(seconds)
        raise WriteHangs

    monkeypatch.setattr(PendingWrite, "wait", give_up)
    return waits


def logged(telemetry: FakeTelemetry) -> list[LedgerRecord]:
    return [from_text(str(event["record"])) for event in telemetry.named("LedgerRecordLogged")]


def test_a_request_makes_two_writes_and_nothing_else(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    ledger = FakeLedger()
    writer = LedgerWriter(ledger, telemetry, spool)
    writer.begin_attempt(OPEN)()
    writer.settle(SETTLED)
    assert [kind for kind, _ in ledger.writes] == ["intent", "settle"]
    assert (spool.kept, telemetry.events) == ([], [])


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_in_dynamodb_each_attempt_is_one_write_and_the_settlement_one_more(
    attempts: int, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    table: Any = MemoryTable()
    writer = LedgerWriter(DynamoLedger(table, "ledger"), telemetry, spool)
    record = new_record()
    for _ in range(attempts):
        record = with_intent(record)
        writer.begin_attempt(record)()
        record = with_outcome(record)
    writer.settle(settled(record))
    assert table.updates == attempts + 1


def test_the_intent_is_written_while_the_connection_is_set_up(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    """So that a normal request waits for little more than one write."""
    writing, connected = threading.Event(), threading.Event()

    class SlowLedger(FakeLedger):
        def _write(self, kind: str, record: LedgerRecord) -> None:
            writing.set()
            assert connected.wait(30)
            super()._write(kind, record)

    ledger = SlowLedger()
    writer = LedgerWriter(ledger, telemetry, spool)
    acknowledged = writer.begin_attempt(OPEN)
    assert writing.wait(30), "the write continues before anything waits for it"
    connected.set()
    acknowledged()
    writer.settle(SETTLED)
    assert [kind for kind, _ in ledger.writes] == ["intent", "settle"]
    assert spool.kept == []


def test_a_record_that_the_ledger_refuses_is_spooled_and_not_logged(spool: FakeSpool, telemetry: FakeTelemetry) -> None:
    ledger = FakeLedger()
    ledger.broken = True
    writer = LedgerWriter(ledger, telemetry, spool)
    writer.begin_attempt(OPEN)()
    writer.settle(SETTLED)
    assert spool.kept == [OPEN, SETTLED]
    assert [event["write"] for event in telemetry.named("LedgerWriteFailed")] == ["intent", "settle"]
    assert logged(telemetry) == []


@pytest.mark.parametrize("error", [SpoolUnavailable("SendMessage: InternalFailure"), TypeError("a bug")])
def test_a_record_that_the_spool_refuses_too_is_logged_completely(
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


def test_an_intent_is_spooled_if_the_ledger_hangs(
    hanging: HangingLedger, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    LedgerWriter(hanging, telemetry, spool).begin_attempt(OPEN)()
    assert spool.kept == [OPEN]


def test_an_intent_is_waited_for_a_quarter_of_a_second(
    waits: list[float], spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    LedgerWriter(FakeLedger(), telemetry, spool).begin_attempt(OPEN)()
    assert waits == [0.25, ledger_writer.SPOOL_SECONDS]


def test_an_answer_waits_less_for_its_settlement_than_the_reserved_time(
    waits: list[float], spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    LedgerWriter(FakeLedger(), telemetry, spool).settle(SETTLED)
    assert waits == [ledger_writer.SETTLE_SECONDS, ledger_writer.SPOOL_SECONDS]
    assert sum(waits) < 2


def test_hanging_writes_do_not_block_later_ones(
    hanging: HangingLedger, spool: FakeSpool, telemetry: FakeTelemetry
) -> None:
    writer = LedgerWriter(hanging, telemetry, spool)
    for _ in range(6):
        writer.begin_attempt(OPEN)
    hanging.let_go.set()
    writer.begin_attempt(OPEN)()
    assert spool.kept == []


def test_threads_are_bounded_and_reused() -> None:
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

    before = set(threading.enumerate())
    owners = [Owner() for _ in range(20)]
    for owner in owners:
        owner.writers.start(owner.work).wait(5)
    started = set(threading.enumerate()) - before
    assert len(started) == 20
    del owner
    owners.clear()
    gc.collect()
    for thread in started:
        thread.join(5)
        assert not thread.is_alive()


def test_an_error_of_a_write_is_raised_where_it_is_awaited() -> None:
    def fail() -> None:
        raise LedgerUnavailable("UpdateItem: x")

    with pytest.raises(LedgerUnavailable, match="UpdateItem: x"):
        WriteThreads().start(fail).wait(5)


def test_a_record_that_the_log_refuses_does_not_cost_the_answer(
    spool: FakeSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(FakeTelemetry):
        def event(self, name: str, **fields: object) -> None:
            super().event(name, **fields)
            if fields.get("write") == "log":
                raise ValueError("nothing is taken")

    telemetry = Refusing()
    spool.error = SpoolUnavailable("SQS is unavailable")
    ledger = FakeLedger()
    ledger.broken = True
    monkeypatch.setattr(ledger_writer, "to_text", lambda _: 1 / 0)
    LedgerWriter(ledger, telemetry, spool).settle(SETTLED)
    assert [event["write"] for event in telemetry.named("LedgerWriteFailed")] == ["settle", "log"]
    assert logged(telemetry) == []
