"""Holds an attempt's highest possible cost in an account, so that spending never exceeds the limit.

An account of one shard is one item: held + spent ≤ limit, by one conditional update. A busy account (the stack) has
shards: its own item grants them amounts, granted ≤ limit, and a shard spends no more than it was granted. So most
attempts touch only their shard, no counter is written by all of them, and the limit holds at every moment:

    account  ── grants, some 4 × shards in a period ──▶  shard 00 … shard 07  ◀── holds and settlements ── attempts

A shard's counter is spent − granted, so its ceiling is zero, and both kinds of item use the same update.
Holds, settlements and grants may arrive late, repeatedly, never, or in any order (domain/budgets/marks.py).
"""

import itertools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from model_router.domain.budgets.account import Account
from model_router.domain.budgets.entry import Entry, Hold, Item
from model_router.domain.budgets.marks import fence
from model_router.domain.budgets.ports import Budgets, BudgetsUnavailable
from model_router.domain.money.pricing import ZERO
from model_router.services.budgets.grants import Grants

#: Other attempts may use up a grant before this one can: then the shard is granted more, this often at most.
_TRIES = 4


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The account's counter whose limit is reached."""

    account: Account
    counter: str


@dataclass(frozen=True, slots=True)
class HoldOutcome:
    """The result of holding. BudgetsUnavailable: the store did not answer.

    `unconfirmed`: holds that are not the result and may exist all the same, now or later. They must be released.
    """

    result: Hold | LimitReached | BudgetsUnavailable
    unconfirmed: tuple[Hold, ...] = ()


class BudgetReservations:
    """Makes holds."""

    def __init__(self, budgets: Budgets, now_ms: Callable[[], int]) -> None:
        self._budgets = budgets
        self._now_ms = now_ms
        self._grants = Grants(budgets)
        self._numbers = itertools.count()

    def planned(self, account: Account, attempt_id: str, amount: Decimal, *, beyond: bool = False) -> Hold:
        """The hold that `hold` tries first. If the store does not answer, it may exist."""
        sharded = account.shards > 1 and not beyond
        key = account.shard_key(_home(account, attempt_id)) if sharded else account.key
        # The number distinguishes the holds of an attempt that is moved to another tier.
        mark = f"{attempt_id.removeprefix('req_')}.{next(self._numbers)}"
        return Hold(key, mark, amount, account.counters, self._now_ms(), account.expires_at)

    def hold(self, account: Account, planned: Hold, *, beyond: bool = False) -> HoldOutcome:
        """Holds the planned amount within the account's limits.

        `beyond`: even beyond them, since an attempt on a capped tier still spends money.
        """
        return _HoldAttempt(self._budgets, self._grants, account, planned).make(beyond=beyond)


@dataclass(slots=True, eq=False)
class _HoldAttempt:
    """The hold of one attempt in the making."""

    budgets: Budgets
    grants: Grants
    account: Account
    planned: Hold
    _tried: int = 0
    _unconfirmed: list[Hold] = field(default_factory=list)

    def make(self, *, beyond: bool) -> HoldOutcome:
        result: Hold | LimitReached | BudgetsUnavailable
        try:
            result = self._make(beyond=beyond)
        except BudgetsUnavailable as error:
            result = error
        return HoldOutcome(result, tuple(self._unconfirmed))

    def _make(self, *, beyond: bool) -> Hold | LimitReached:
        if self.account.shards > 1 and not beyond:
            return self._in_shards()
        held = self._hold(self.planned.key, {} if beyond else self.account.ceilings)
        return held if isinstance(held, Hold) else self._limit_reached(held)

    def _limit_reached(self, item: Item) -> LimitReached:
        return LimitReached(self.account, self.account.blocking(item, self.planned.amount))

    def _in_shards(self) -> Hold | LimitReached:
        account, amount = self.account, self.planned.amount
        home = next(n for n in range(account.shards) if account.shard_key(n) == self.planned.key)
        granting: Item = {}
        for _ in range(_TRIES):
            held = self._hold(self.planned.key, _nothing_left_over(account))
            if isinstance(held, Hold):
                return held
            refused = self.grants.grant(account, home, amount, held)
            if refused is not None:
                granting = refused
                break
        return self._elsewhere(home) or self._limit_reached(granting)

    def _elsewhere(self, home: int) -> Hold | None:
        """A hold in another shard whose grant is not used up, once the account cannot grant any more."""
        account = self.account
        keys = [account.shard_key((home + step) % account.shards) for step in range(1, account.shards)]
        found = self.budgets.read(keys)
        for key in keys:
            left = found.get(key, {})
            if any(Decimal(left.get(name, ZERO)) + self.planned.amount > 0 for name in account.counters):
                continue
            held = self._hold(key, _nothing_left_over(account))
            if isinstance(held, Hold):
                return held
        return None

    def _hold(self, key: str, ceilings: Mapping[str, Decimal]) -> Hold | Item:
        """Holds the amount in the item `key`. Returns the item as it is if its ceilings do not allow it."""
        at = self.planned.at
        while True:
            hold = self.planned if not self._tried else self.planned.elsewhere(key, self._tried, at)
            self._tried += 1
            self._unconfirmed.append(hold)
            answer = self.budgets.write(_entry(hold, ceilings))
            held = answer.item.get(hold.mark) == hold.value  # by a copy of the entry
            late = not answer.applied and not held and fence(answer.item) >= hold.at
            if answer.applied or held or late or not answer.repeated:
                self._unconfirmed.pop()
            if answer.applied or held:
                return replace(hold, sure=answer.applied and not answer.repeated)
            if not late:
                return answer.item
            at = fence(answer.item) + 1  # the clock of the process that moved the fence is ahead of this one's


def _entry(hold: Hold, ceilings: Mapping[str, Decimal]) -> Entry:
    return Entry(
        hold.key,
        hold.expires_at,
        deltas=hold.deltas(hold.amount),
        ceilings=ceilings,
        expected={hold.mark: None},
        sets={hold.mark: hold.value},
        after=hold.at,
    )


def _home(account: Account, attempt_id: str) -> int:
    return zlib.crc32(attempt_id.encode()) % account.shards


def _nothing_left_over(account: Account) -> Mapping[str, Decimal]:
    return dict.fromkeys(account.counters, ZERO)
