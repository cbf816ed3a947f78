"""Holds, settlements and grants commute: whatever the network delays, repeats or loses, the sums come out exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.budget_processes import LIMIT, ZERO, Processes, stack
from tests.support.budgets import FakeBudgets

from model_router.domain.budgets.marks import CLOSED_MS, HELD_MS

seeds = st.integers(0, 2**32)


@pytest.mark.parametrize("shards", [1, 4])
@pytest.mark.parametrize("strict", [True, False], ids=["refuse", "allow"])
@settings(max_examples=120, deadline=None)
@given(seed=seeds, faults=st.sampled_from((0.0, 0.2, 0.6)))
def test_in_the_end_exactly_what_was_spent_is_counted(seed: int, faults: float, shards: int, strict: bool) -> None:
    made = Processes(FakeBudgets(), stack(shards), seed, faults, strict=strict)
    for _ in range(60):
        made.step()
    while made.running:
        made.settle()
    made.calm()
    assert made.used() == made.spent
    for settlement in made.done:  # and then all of it comes again
        made.settlements.settle(*settlement)
    assert made.used() == made.spent


@pytest.mark.parametrize("shards", [1, 4])
@settings(max_examples=120, deadline=None)
@given(seed=seeds, faults=st.sampled_from((0.0, 0.2, 0.6)))
def test_a_limit_that_refuses_is_exceeded_at_no_moment(seed: int, faults: float, shards: int) -> None:
    made = Processes(FakeBudgets(), stack(shards), seed, faults, strict=True)
    for _ in range(80):
        made.step()
        assert made.called <= LIMIT
        assert made.granted() <= LIMIT


@pytest.mark.parametrize("shards", [1, 4])
@settings(max_examples=60, deadline=None)
@given(seed=seeds, faults=st.sampled_from((0.0, 0.3)))
def test_takers_at_the_same_moment_do_not_lose_or_double_a_grant(seed: int, faults: float, shards: int) -> None:
    made = Processes(FakeBudgets(), stack(shards), seed, faults, strict=True)
    nested = False

    def meanwhile() -> None:
        nonlocal nested
        if not nested and made.random.random() < 0.3:
            nested = True
            made.take()
            nested = False

    made.budgets.meanwhile = meanwhile
    for _ in range(40):
        made.step()
        assert made.called <= LIMIT
    made.budgets.meanwhile = bool
    while made.running:
        made.settle()
    made.calm()
    assert made.used() == made.spent


@pytest.mark.parametrize("shards", [1, 4])
@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_what_dead_processes_held_stays_counted_and_no_mark_stays_in_its_item(seed: int, shards: int) -> None:
    made = Processes(FakeBudgets(), stack(shards), seed, 0.3, strict=False)
    for _ in range(60):
        made.step()
    made.die()
    made.calm()
    marks = made.marks()
    held = sum((hold.amount for hold in made.dead if marks.get(hold.mark, "").startswith("held")), ZERO)
    assert made.used() == made.spent + held
    made.now_ms += 2 * HELD_MS
    for key in made.items():
        planned = made.holds.planned(made.account, f"req_{next(made.numbers)}-1", ZERO)
        visitor = planned.elsewhere(key, 0, made.now_ms)
        made.settlements.settle(visitor, ZERO, made.now_ms)
    left = [value for value in made.marks().values() if int(value.split()[1]) < made.now_ms - HELD_MS]
    assert left == []
    assert made.used() == made.spent + held
    for settlement in made.done:
        made.settlements.settle(*settlement)
    assert made.used() == made.spent + held


def test_marks_stay_few_while_every_hold_comes_late() -> None:
    made = Processes(FakeBudgets(), stack(1), 7, 0.0, strict=False)
    most, writes = 0, made.budgets.steps
    for _ in range(2_000):
        planned = made.holds.planned(made.account, f"req_{next(made.numbers)}-1", ZERO)
        made.settlements.settle(planned, ZERO, made.now_ms)  # its hold is under way
        made.holds.hold(made.account, planned)
        made.now_ms += 100
        most = max(most, len(made.marks()))
    assert most <= CLOSED_MS / 100 + 25
    assert made.budgets.steps - writes <= 2_000 * 3.2
    assert all(value.startswith("closed") for value in made.marks().values())
