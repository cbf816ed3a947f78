"""Holds an attempt's most possible cost against an account, so that what is spent never exceeds the limit.

An account of one shard is one item: held + spent ≤ limit, by one conditional update. A busy account (the stack) has
shards: its own item grants them amounts, granted ≤ limit, and a shard spends no more than it was granted. So most
attempts touch only their shard, none reads a counter that all of them write, and the limit holds at every moment:

    account  ── grants, some 4 × shards in a period ──▶  shard 00 … shard 07  ◀── holds and settlements ── attempts

A shard's counter is spent − granted, so its ceiling is zero, and both kinds of item take the same update.
A crash between two steps leaves an amount held or granted and unused: never more spent than the limit, and only until
the period ends.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from model_router.domain.budgets.account import Account
from model_router.domain.budgets.entry import Entry, Hold
from model_router.domain.budgets.ports import Budgets
from model_router.domain.money.pricing import ZERO

#: A shard is granted this share of the limit at a time, and again when it has spent it.
_GRANTS_PER_SHARD = 4
#: Others may take what a shard was just granted; then it is granted more, so often at most.
_TRIES = 4


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The account's counter that leaves no room."""

    account: Account
    counter: str


class Holds:
    """Takes and settles holds. Every method raises BudgetsUnavailable where the store does not answer."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    def take(self, account: Account, attempt_id: str, amount: Decimal) -> Hold | LimitReached:
        """Holds `amount` within the account's limits. Repeated at once for the same attempt, it is held once."""
        if account.shards == 1:
            standing = self._add(account, account.key, attempt_id, amount, account.ceilings)
            if standing is None:
                return planned(account, attempt_id, amount)
            return LimitReached(account, account.blocking(standing, amount))
        return self._take_sharded(account, attempt_id, amount)

    def take_beyond(self, account: Account, attempt_id: str, amount: Decimal) -> Hold:
        """Counts `amount` whether or not it fits: what goes on at a capped tier is still spent."""
        self._add(account, account.key, attempt_id, amount, {})
        return Hold(account.key, _mark(attempt_id), amount, account.counters)

    def settle(self, hold: Hold, spent: Decimal) -> None:
        """Puts what was spent in the place of what was held. A repetition, or an unknown hold, changes nothing."""
        self._budgets.settle(hold, spent - hold.amount)

    def _take_sharded(self, account: Account, attempt_id: str, amount: Decimal) -> Hold | LimitReached:
        home = _home(account, attempt_id)
        key = account.shard_key(home)
        granting: Mapping[str, Decimal] = {}
        for number in range(_TRIES):
            standing = self._add(account, key, attempt_id, amount, _nothing_left_over(account))
            if standing is None:
                return Hold(key, _mark(attempt_id), amount, account.counters)
            refused = self._grant(account, key, f"{attempt_id}.{number}", amount, standing)
            if refused is not None:
                granting = refused
                break
        elsewhere = self._take_elsewhere(account, home, attempt_id, amount)
        return elsewhere or LimitReached(account, account.blocking(granting, amount))

    def _grant(
        self, account: Account, key: str, grant_id: str, amount: Decimal, standing: Mapping[str, Decimal]
    ) -> Mapping[str, Decimal] | None:
        """Moves an amount from the account to a shard that lacks it; what stands in the way, where it cannot."""
        lacking = {name: max(ZERO, standing.get(name, ZERO) + amount) for name in account.counters}
        portion = _portion(account, amount)
        refused: Mapping[str, Decimal] = {}
        for ample in (True, False):
            deltas = {name: max(lack, portion) if ample and lack else lack for name, lack in lacking.items()}
            entry = Entry(
                account.key, "last_grant", f"{grant_id}.{ample}", deltas, account.ceilings, account.expires_at
            )
            answer = self._budgets.add(entry)
            if answer is None:
                credit = {name: -delta for name, delta in deltas.items()}
                self._budgets.add(Entry(key, "last_credit", grant_id, credit, {}, account.expires_at))
                return None
            refused = answer
        return refused

    def _take_elsewhere(self, account: Account, home: int, attempt_id: str, amount: Decimal) -> Hold | None:
        """From another shard that has enough left of its grant, once the account has nothing more to grant."""
        keys = [account.shard_key((home + step) % account.shards) for step in range(1, account.shards)]
        found, marked = self._budgets.read(keys, _mark(attempt_id))
        if marked is not None:
            return Hold(marked, _mark(attempt_id), amount, account.counters)
        for key in keys:
            left = found.get(key, {})
            if any(left.get(name, ZERO) + amount > 0 for name in account.counters):
                continue
            if self._add(account, key, attempt_id, amount, _nothing_left_over(account)) is None:
                return Hold(key, _mark(attempt_id), amount, account.counters)
        return None

    def _add(
        self, account: Account, key: str, attempt_id: str, amount: Decimal, ceilings: Mapping[str, Decimal]
    ) -> Mapping[str, Decimal] | None:
        deltas = dict.fromkeys(account.counters, amount)
        return self._budgets.add(Entry(key, _mark(attempt_id), f"{amount:f}", deltas, ceilings, account.expires_at))


def planned(account: Account, attempt_id: str, amount: Decimal) -> Hold:
    """The hold that `take` would try first: what may be held where the store did not say."""
    key = account.key if account.shards == 1 else account.shard_key(_home(account, attempt_id))
    return Hold(key, _mark(attempt_id), amount, account.counters)


def _mark(attempt_id: str) -> str:
    return attempt_id.removeprefix("req_")


def _home(account: Account, attempt_id: str) -> int:
    return zlib.crc32(attempt_id.encode()) % account.shards


def _nothing_left_over(account: Account) -> Mapping[str, Decimal]:
    return dict.fromkeys(account.counters, ZERO)


def _portion(account: Account, amount: Decimal) -> Decimal:
    """What a shard is granted at once: a multiple of the amount asked for, so that little is left over at the end."""
    if not amount:
        return ZERO
    share = min(account.ceilings.values()) / (_GRANTS_PER_SHARD * account.shards)
    return amount * max(1, int(share / amount))
