"""An answer's cost is written while the answer is checked or sent, if that takes time."""

import threading
from collections.abc import Mapping

import pytest
from tests.support.fakes import (
    FakeClaude,
    FakeClock,
    FakeLedger,
    FakeTelemetry,
    Reply,
)
from tests.support.presets import DEFAULT
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages, plain
from tests.support.update_item import MemoryTable

from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.validators import Verdict
from model_router.services.request_path import ledger_writer
from model_router.services.route_request import RouteRequestService

LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
PATIENCE = 20.0


class NotedLedger(FakeLedger):
    """Lets a test wait for an outcome."""

    def __init__(self) -> None:
        super().__init__()
        self.came = threading.Event()

    def add_outcome(self, record: LedgerRecord) -> None:
        super().add_outcome(record)
        self.came.set()


def service(ledger: FakeLedger) -> RouteRequestService:
    clock, telemetry = FakeClock(), FakeTelemetry()
    rules = fake_rules(DEFAULT.parameters(), telemetry, clock)
    claude = FakeClaude(clock, Reply("SPAM"))
    return route_service(rules, claude, ledger, telemetry, clock)


def is_known(ledger: NotedLedger) -> bool:
    [record] = ledger.outcomes
    return (record.status, record.attempts[0].cost_state) == ("open", "known")


def test_the_cost_is_recorded_while_a_validator_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = NotedLedger()
    request = plain(SPAM, validators=LABELS)
    seen: list[bool] = []

    def waits(*_: object) -> Verdict:
        seen.append(ledger.came.wait(PATIENCE) and is_known(ledger))
        return Verdict("one_of", True, "matched", "It is one of the labels.")

    monkeypatch.setattr(type(request.validators[0]), "check", waits)
    service(ledger).route(request, 27)
    assert seen
    assert all(seen)


def test_the_cost_is_recorded_while_the_answer_is_sent() -> None:
    ledger = NotedLedger()
    seen: list[bool] = []

    class SlowCaller:
        def begin(self, headers: Mapping[str, str]) -> None:
            pass

        def event(self, name: str, data: str) -> None:
            if name == "message_stop":
                seen.append(ledger.came.wait(PATIENCE) and is_known(ledger))

    route = service(ledger)
    left: list[object] = []
    route._after_answer = left.append
    route.route(messages("Tell me of the sea", stream=True), 27, SlowCaller())
    assert seen == [True]
    assert len(left) == 1


def test_an_answer_that_is_settled_at_once_makes_no_further_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_writer, "HEAD_START_SECONDS", PATIENCE)
    ledger = NotedLedger()
    service(ledger).route(plain(SPAM), 27)
    assert [kind for kind, _ in ledger.writes] == ["intent", "settle"]
    assert not ledger.came.wait(0.05)


@pytest.mark.parametrize("before", [[], ["intent"], ["intent", "outcome"], ["settle"], ["intent", "settle"]])
@pytest.mark.parametrize("after", [[], ["intent"], ["settle"], ["outcome", "settle"]])
def test_outcomes_commute_with_the_ledgers_other_writes(before: list[str], after: list[str]) -> None:
    """The furthest write wins, in whatever order they come."""
    ledger = NotedLedger()
    service(ledger).route(plain(SPAM), 27)
    whole = dict(ledger.writes)
    intent, settled = whole["intent"], whole["settle"]
    ended = intent.with_attempt(settled.attempts[0])
    table = DynamoLedger(MemoryTable(), "ledger")  # type: ignore[arg-type]
    write = {
        "intent": lambda: table.add_intent(intent),
        "outcome": lambda: table.add_outcome(ended),
        "settle": lambda: table.settle(settled),
    }
    for step in [*before, "outcome", *after]:
        write[step]()
    found = table.read(intent.request_id)
    assert found is not None
    assert found.attempts[0].cost_usd == settled.cost_usd > 0
    assert found.status == ("settled" if "settle" in before + after else "open")
