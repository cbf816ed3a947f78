"""Processes that hold and settle budgets over a network that delays, repeats and loses writes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from model_router.domain.budgets.account import Account, accounts
from model_router.domain.budgets.entry import Hold, Item
from model_router.domain.budgets.ports import Budgets, BudgetsUnavailable
from model_router.domain.budgets.rules import BudgetRules, StackLimits
from model_router.services.budgets.counters import Settlements
from model_router.services.budgets.reservations import BudgetReservations
from tests.support.lossy_budgets import LossyBudgets

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = Decimal(1)
ZERO = Decimal(0)


def stack(shards: int) -> Account:
    """The stack's account with LIMIT a day and a month."""
    [account] = accounts(BudgetRules(stack=StackLimits(daily_usd=LIMIT, monthly_usd=LIMIT, shards=shards)), "c", NOON)
    return account


class Processes:
    """Processes that take, settle and die, over one network. `strict`: no call is made without a confirmed hold."""

    def __init__(self, store: Budgets, account: Account, seed: int, faults: float, *, strict: bool) -> None:
        self.random = Random(seed)
        self.store = store
        self.budgets = LossyBudgets(store, self.random, faults)
        self.account = account
        self.strict = strict
        self.now_ms = int(NOON.timestamp() * 1000)
        self.holds = BudgetReservations(self.budgets, self.now)
        self.settlements = Settlements(self.budgets, self.now)
        self.running: list[Hold] = []
        self.dead: list[Hold] = []
        self.spent = ZERO
        self.called = ZERO
        self.owed: list[tuple[Hold, Decimal, int]] = []
        self.done: list[tuple[Hold, Decimal, int]] = []
        self.numbers = iter(range(1_000_000))

    def now(self) -> int:
        return self.now_ms

    def step(self) -> None:
        self.now_ms += self.random.choice((0, 1, 700))
        acts = [self.take, self.take, self.settle, self.settle, self.repeat, self.budgets.deliver_some, self.wait]
        self.random.choice(acts)()

    def wait(self) -> None:
        """All that runs ends, and then a quarter of an hour passes: long enough for marks to be swept."""
        while self.running:
            self.settle()
        if not self.owed:
            self.now_ms += 900_000

    def take(self) -> None:
        amount = Decimal(self.random.randrange(0, 3_000)).scaleb(-4)
        planned = self.holds.planned(self.account, f"req_{next(self.numbers)}-1", amount)
        taken = self.holds.hold(self.account, planned)
        goes_on = taken.result if isinstance(taken.result, Hold) else None
        given_back = taken.unconfirmed
        if isinstance(taken.result, BudgetsUnavailable):
            goes_on = None if self.strict else planned
            given_back = (
                *(hold for hold in given_back if hold.mark != planned.mark),
                *([planned] if self.strict else []),
            )
        for hold in given_back:
            self.send(hold, ZERO)
        if goes_on is not None:
            self.called += amount
            self.running.append(goes_on)

    def settle(self) -> None:
        if self.running:
            hold = self.running.pop(self.random.randrange(len(self.running)))
            spent = hold.amount * self.random.randrange(0, 101) / 100
            self.spent += spent
            self.called += spent - hold.amount
            self.send(hold, spent)

    def die(self) -> None:
        self.dead += self.running
        self.running = []

    def send(self, hold: Hold, spent: Decimal) -> None:
        self.attempt((hold, spent, self.now_ms))

    def attempt(self, settlement: tuple[Hold, Decimal, int]) -> None:
        try:
            self.settlements.settle(*settlement)
        except BudgetsUnavailable:
            self.owed.append(settlement)
        else:
            self.done.append(settlement)

    def repeat(self) -> None:
        """A settlement that is owed, or one that was made already, is sent again."""
        pool = self.owed or self.done
        if pool:
            self.attempt(pool.pop(self.random.randrange(len(pool))))

    def calm(self) -> None:
        """Every process is heard out, and every copy arrives."""
        self.budgets.faults = 0.0
        while self.owed:
            self.attempt(self.owed.pop())
        self.budgets.deliver_all()

    def items(self) -> Mapping[str, Item]:
        shards = [self.account.shard_key(shard) for shard in range(self.account.shards)]
        return self.store.read([self.account.key, *shards])

    def marks(self) -> dict[str, str]:
        values = [pair for item in self.items().values() for pair in item.items()]
        return {name: str(value) for name, value in values if str(value).startswith(("held ", "closed "))}

    def used(self) -> Decimal:
        """Held and spent: what was granted, less what the shards have left of it or were not credited with yet."""
        items = self.items()
        own, totals = items.get(self.account.key, {}), set()
        for counter in self.account.counters:
            total = sum((Decimal(item.get(counter, ZERO)) for item in items.values()), ZERO)
            for shard in range(self.account.shards):
                credited = int(items.get(self.account.shard_key(shard), {}).get("credited", 0))
                if int(own.get(f"g{shard:02d}", 0)) > credited:
                    granted = dict(part.split("=") for part in str(own[f"g{shard:02d}_usd"]).split())
                    total -= Decimal(granted[counter])
            totals.add(total)
        [used] = totals
        return used

    def granted(self) -> Decimal:
        return Decimal(self.items().get(self.account.key, {}).get("m", ZERO))
