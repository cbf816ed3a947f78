"""The arithmetic of holds: whatever is held, settled, repeated or left behind, a limit is never exceeded."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule
from tests.support.budgets import FakeBudgets

from model_router.domain.budgets.account import Account, accounts
from model_router.domain.budgets.entry import Hold
from model_router.domain.budgets.ports import BudgetsUnavailable
from model_router.domain.budgets.rules import BudgetRules, Limits, SessionLimits, StackLimits
from model_router.services.budgets.counters import Settlements
from model_router.services.budgets.reservations import BudgetReservations, LimitReached

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = "d23"
cents = st.integers(min_value=0, max_value=5_000).map(lambda number: Decimal(number).scaleb(-4))


def account(daily: str | None, monthly: str | None = None, *, shards: int = 1) -> Account:
    limits = StackLimits(
        daily_usd=Decimal(daily) if daily else None,
        monthly_usd=Decimal(monthly) if monthly else None,
        shards=shards,
    )
    [found] = accounts(BudgetRules(stack=limits), "c", NOON)
    return found


def session_account(total: str, *, at: datetime = NOON) -> Account:
    [found] = accounts(BudgetRules(every_session=SessionLimits(total_usd=Decimal(total))), "c", at, "ses_1")
    return found


class OneProcess:
    """Holds and settles, at noon."""

    def __init__(self, budgets: FakeBudgets) -> None:
        self._holds = BudgetReservations(budgets, noon_ms)
        self._settlements = Settlements(budgets, noon_ms)

    def take(self, account: Account, attempt_id: str, amount: Decimal) -> Hold | LimitReached:
        taken = self._holds.hold(account, self._holds.planned(account, attempt_id, amount))
        assert not isinstance(taken.result, BudgetsUnavailable)
        assert taken.unconfirmed == ()
        return taken.result

    def settle(self, hold: Hold, spent: Decimal) -> None:
        self._settlements.settle(hold, spent, noon_ms())


def noon_ms() -> int:
    return int(NOON.timestamp() * 1000)


class HoldsOfAnAccount(RuleBasedStateMachine):
    """Against a model: what each attempt holds or has spent."""

    taken = Bundle("taken")
    shards = 1
    name = "stack"
    counters: tuple[str, ...] = (DAY, "m")

    def __init__(self) -> None:
        super().__init__()
        self.account = self.limited()
        self.budgets = FakeBudgets()
        self.holds = OneProcess(self.budgets)
        self.spent: dict[str, Decimal] = {}
        self.numbers = iter(range(1_000_000))

    def limited(self) -> Account:
        return account("1", "1.5", shards=self.shards)

    @rule(target=taken, amount=cents)
    def hold(self, amount: Decimal) -> object:
        attempt = f"req_{next(self.numbers)}-1"
        taken = self.holds.take(self.account, attempt, amount)
        if isinstance(taken, LimitReached):
            return multiple()
        self.spent[attempt] = amount
        return (attempt, taken)

    @rule(pair=consumes(taken), share=st.integers(0, 100), times=st.integers(1, 3))
    def settle(self, pair: tuple[str, Hold], share: int, times: int) -> None:
        attempt, taken = pair
        spent = taken.amount * share / 100
        for _ in range(times):
            self.holds.settle(taken, spent)
        self.spent[attempt] = spent

    @invariant()
    def what_is_counted_is_what_is_held_and_spent(self) -> None:
        assert {self.budgets.used(self.name, counter) for counter in self.counters} == {self.total()}

    @invariant()
    def the_limit_holds(self) -> None:
        assert self.total() <= self.budgets.granted(self.name, self.counters[0]) <= Decimal(1)

    def total(self) -> Decimal:
        return sum(self.spent.values(), Decimal(0))


class HoldsOfAShardedAccount(HoldsOfAnAccount):
    shards = 4


class HoldsOfASession(HoldsOfAnAccount):
    name = "session:ses_1"
    counters = ("t",)

    def limited(self) -> Account:
        return session_account("1")


TestOneShard = HoldsOfAnAccount.TestCase
TestOneShard.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestFourShards = HoldsOfAShardedAccount.TestCase
TestFourShards.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

TestSession = HoldsOfASession.TestCase
TestSession.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("shards", [1, 2, 8, 16])
def test_a_limit_for_50_equal_attempts_lets_50_through_and_then_none(shards: int) -> None:
    holds, limited = OneProcess(FakeBudgets()), account("0.05", shards=shards)
    answers = [holds.take(limited, f"req_{number}-1", Decimal("0.001")) for number in range(80)]
    assert [isinstance(answer, Hold) for answer in answers] == [True] * 50 + [False] * 30


@settings(deadline=None)
@given(amounts=st.lists(cents, min_size=1, max_size=60), shards=st.sampled_from([1, 3, 8]))
def test_once_all_is_settled_as_free_all_of_the_limit_is_there_again(amounts: list[Decimal], shards: int) -> None:
    budgets = FakeBudgets()
    holds, limited = OneProcess(budgets), account("1", shards=shards)
    for number, amount in enumerate(amounts):
        taken = holds.take(limited, f"req_{number}-1", amount)
        if isinstance(taken, Hold):
            holds.settle(taken, Decimal(0))
    assert budgets.used("stack", DAY) == 0
    again = [holds.take(limited, f"req_again{number}-1", Decimal("0.001")) for number in range(1000)]
    # What was granted to a shard in odd amounts may leave it less than one attempt needs.
    assert sum(isinstance(taken, Hold) for taken in again) >= 1000 - (shards if shards > 1 else 0)


@settings(deadline=None)
@given(amounts=st.lists(cents.filter(bool), min_size=1, max_size=40), shards=st.sampled_from([2, 8]))
def test_a_sharded_account_refuses_only_what_no_shard_and_no_grant_has_room_for(
    amounts: list[Decimal], shards: int
) -> None:
    budgets = FakeBudgets()
    holds, limited = OneProcess(budgets), account("1", shards=shards)
    for number, amount in enumerate(amounts):
        taken = holds.take(limited, f"req_{number}-1", amount)
        if isinstance(taken, LimitReached):
            left = 1 - budgets.used("stack", DAY)
            assert left < amount * (shards + 1)
            assert taken.counter == DAY


def test_the_reached_limit_is_the_one_that_keeps_it_out_longest() -> None:
    holds = OneProcess(FakeBudgets())
    for daily, monthly, reached in (("1", "2", DAY), ("2", "1", "m"), ("1", "1", "m")):
        both = account(daily, monthly, shards=1)
        answer = holds.take(both, f"req_{daily}{monthly}-1", Decimal("1.5"))
        assert isinstance(answer, LimitReached)
        assert answer.counter == reached


def test_a_limit_that_is_set_later_finds_what_was_spent_before_it() -> None:
    budgets = FakeBudgets()
    holds = OneProcess(budgets)
    holds.take(account("1"), "req_1-1", Decimal("0.6"))
    assert isinstance(holds.take(account("1", "1"), "req_2-1", Decimal("0.4")), Hold)
    assert isinstance(holds.take(account("9", "1"), "req_3-1", Decimal("0.1")), LimitReached)


def test_more_or_fewer_shards_from_one_moment_to_the_next_never_lift_the_limit() -> None:
    budgets = FakeBudgets()
    holds, through = OneProcess(budgets), 0
    for number in range(300):
        limited = account("0.05", shards=(1, 8, 3)[number % 3])
        through += isinstance(holds.take(limited, f"req_{number}-1", Decimal("0.001")), Hold)
    assert 40 <= through <= 50


def test_a_new_day_starts_at_zero_and_the_month_continues() -> None:
    budgets = FakeBudgets()
    holds = OneProcess(budgets)
    limits = BudgetRules(every_client=Limits(daily_usd=Decimal(1), monthly_usd=Decimal("1.5")))
    for day, fits in ((23, True), (24, False)):
        [of_day] = accounts(limits, "c", NOON.replace(day=day))
        taken = holds.take(of_day, f"req_{day}-1", Decimal(1))
        assert isinstance(taken, Hold) is fits
    [december] = accounts(limits, "c", datetime(2026, 12, 1, tzinfo=UTC))
    assert isinstance(holds.take(december, "req_1-1", Decimal(1)), Hold)
    assert december.resets == {"d01": datetime(2026, 12, 2, tzinfo=UTC), "m": datetime(2027, 1, 1, tzinfo=UTC)}


def test_a_session_does_not_begin_again_with_a_new_month() -> None:
    holds = OneProcess(FakeBudgets())
    december = datetime(2026, 12, 1, tzinfo=UTC)
    assert isinstance(holds.take(session_account("1"), "req_1-1", Decimal(1)), Hold)
    assert isinstance(holds.take(session_account("1", at=december), "req_2-1", Decimal("0.1")), LimitReached)
    assert isinstance(holds.take(session_account("1.1", at=december), "req_3-1", Decimal("0.1")), Hold)
