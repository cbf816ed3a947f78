"""A caller waits for one write: the record is settled after the answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, plain, rule_parameters

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import DeadlineExceeded
from model_router.domain.ledger.record import LedgerRecord
from model_router.services.request_path.run import Accepted

LATE = CallFailed("timeout", "late", may_be_billed=True)


class SlowToSettle(FakeLedger):
    """Takes a settlement when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def settle(self, record: LedgerRecord) -> None:
        assert self.let_go.wait(30)
        super().settle(record)


class Stand:
    def __init__(self, reply: Reply, ledger: FakeLedger) -> None:
        self.ledger = ledger
        self.left: list[Callable[[], None]] = []
        self.telemetry = FakeTelemetry()
        clock = FakeClock()
        rules = fake_rules(rule_parameters(), self.telemetry, clock)
        self.service = route_service(
            rules,
            FakeClaude(clock, reply),
            ledger,
            self.telemetry,
            clock,
            after_answer=self.left.append,
        )

    @property
    def written(self) -> list[tuple[str, str]]:
        return [(kind, record.status) for kind, record in self.ledger.writes]


@pytest.fixture
def ledger() -> Iterator[SlowToSettle]:
    slow = SlowToSettle()
    yield slow
    slow.let_go.set()


@pytest.mark.parametrize("failure", [None, LATE], ids=["an answer", "an error"])
def test_an_answer_does_not_wait_for_the_settlement(failure: CallFailed | None, ledger: SlowToSettle) -> None:
    stand = Stand(Reply("SPAM", failure=failure), ledger)
    with nullcontext() if failure is None else pytest.raises(DeadlineExceeded):
        stand.service.route(plain(SPAM), 27)
    intents = stand.written
    assert set(intents) == {("intent", "open")}
    ledger.let_go.set()
    for work in stand.left:
        work()
    assert stand.written == [*intents, ("settle", "settled")]
    assert stand.telemetry.events == []


def test_a_settlement_that_fails_after_the_answer_is_spooled() -> None:
    stand = Stand(Reply("SPAM"), FakeLedger())
    stand.ledger.broken = True
    assert stand.service.route(plain(SPAM), 27).result()["content"] == "SPAM"
    for work in stand.left:
        work()
    assert [event["write"] for event in stand.telemetry.named("LedgerWriteFailed")] == ["intent", "settle"]
    assert len(stand.telemetry.named("LedgerRecordLogged")) == 2


def test_a_jobs_record_is_settled_before_the_job_continues() -> None:
    """Its next delivery reads the record again."""
    stand = Stand(Reply("SPAM"), FakeLedger())
    stand.service.route(plain(SPAM), 27, job=Accepted("req_01KBQ0V5E8000000000000000A"))
    assert (stand.written, stand.left) == ([("intent", "open"), ("settle", "settled")], [])
