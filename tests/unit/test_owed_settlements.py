"""Settlements that the store did not take: each is sent again, or reported with its amount."""

import threading
from decimal import Decimal

import pytest
from tests.support.budget_processes import stack
from tests.support.budgets import FakeBudgets
from tests.support.fakes import FakeClock, FakeTelemetry

from model_router.domain.budgets.entry import FENCE, Hold
from model_router.services.budgets import counters as budget_counters
from model_router.services.budgets.counters import Counters

ACCOUNT = stack(1)
BOUND, COST = Decimal("0.5"), Decimal("0.1")


class Stand:
    """Counters among fakes."""

    def __init__(self) -> None:
        self.clock, self.telemetry, self.budgets = FakeClock(), FakeTelemetry(), FakeBudgets()
        self.counters = Counters(self.budgets, self.telemetry, self.clock)
        self.attempts = 0

    def take(self) -> Hold:
        """A hold that is sure, or, while the store is broken, the planned one."""
        self.attempts += 1
        planned, taken = self.counters.hold(ACCOUNT, f"req_{self.attempts}-1", BOUND, beyond=False)
        return taken.result if isinstance(taken.result, Hold) else planned

    def settle(self, hold: Hold) -> None:
        self.counters.settle([hold], COST)
        self.counters.finish()

    def used(self) -> Decimal:
        return self.budgets.used("stack", "m")

    def reasons(self) -> list[str]:
        return [str(event["why"]) for event in self.telemetry.named("BudgetsUnavailable")]

    def final(self) -> list[tuple[object, object]]:
        """Hold and amount of each settlement that is sent no more."""
        events = self.telemetry.named("BudgetsUnavailable")
        return [(event["hold"], event["usd"]) for event in events if "usd" in event]


def sweep(stand: Stand) -> None:
    """The result of another process's sweep: no closed marks, and a fence one minute old."""
    now = int(stand.clock.now().timestamp() * 1000)
    for item in stand.budgets.items.values():
        for name in [name for name, value in item.items() if str(value).startswith("closed")]:
            del item[name]
        item[FENCE] = Decimal(now - 60_000)


@pytest.mark.parametrize("broken", ["before", "after"])
def test_an_owed_settlement_whose_fence_was_swept_is_reported_with_its_amount(broken: str) -> None:
    stand = Stand()
    stand.settle(stand.take())
    stand.budgets.broken = broken
    late = stand.take()
    stand.settle(late)
    stand.budgets.broken = None
    stand.clock.elapsed += 120
    sweep(stand)
    stand.settle(stand.take())
    assert stand.final() == [(late.mark, str(COST))]
    assert stand.reasons()[-1] == "too late: it may not be counted"
    assert stand.used() == 2 * COST + (COST if broken == "after" else 0), "never counted twice"
    stand.settle(stand.take())
    assert len(stand.final()) == 1, "it is reported once"


@pytest.mark.parametrize("broken", ["before", "after"])
def test_an_owed_settlement_of_a_sure_hold_is_counted_however_late_within_the_hour(broken: str) -> None:
    stand = Stand()
    hold = stand.take()
    stand.budgets.broken = broken
    stand.settle(hold)
    stand.budgets.broken = None
    stand.clock.elapsed += 3_000
    sweep(stand)
    stand.settle(stand.take())
    assert (stand.used(), stand.final()) == (2 * COST, [])


def test_a_settlement_that_cannot_begin_because_others_hang_is_sent_with_the_next_one() -> None:
    stand, gate = Stand(), threading.Event()
    stand.budgets.broken = "before"
    never_made = stand.take()
    stand.budgets.broken = None
    refused = stand.take()
    hung = [stand.counters._writers.start(lambda: assert_set(gate)) for _ in range(16)]
    stand.counters.settle([never_made, refused], COST)
    stand.counters.finish()
    assert stand.reasons()[-2:] == ["16 earlier writes hang"] * 2
    gate.set()
    for write in hung:
        write.wait(5)
    stand.clock.elapsed += 120
    sweep(stand)
    stand.settle(stand.take())
    assert stand.used() == 3 * COST
    assert stand.final() == []


def assert_set(gate: threading.Event) -> None:
    assert gate.wait(30)


def test_a_settlement_that_is_dropped_because_too_many_are_owed_is_reported_with_its_amount(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget_counters, "_OWED", 1)
    stand = Stand()
    first, second = stand.take(), stand.take()
    stand.budgets.broken = "before"
    stand.counters.settle([first, second], COST)
    stand.counters.finish()
    [(mark, amount)] = stand.final()
    assert mark in {first.mark, second.mark}
    assert amount == str(COST)


def test_a_settlement_that_is_an_hour_late_is_reported_and_leaves_the_bound() -> None:
    stand = Stand()
    hold = stand.take()
    stand.clock.elapsed += 3_600
    stand.settle(hold)
    assert (stand.used(), stand.final()) == (BOUND, [(hold.mark, str(COST))])
