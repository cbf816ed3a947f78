"""Moves money from a sharded account's own item to one of its shards, in two steps that any process may finish.

    account   g03 = 7, g03_usd = amount of grant 7   granted ≤ limit, by one conditional update
    shard 03  credited = 6 ── credit of grant 7 ──▶ credited = 7

Grants to a shard are numbered, and each step expects the previous number, so a repeated, late or reordered step changes
nothing. A grant that was never credited because its process died is credited by the process that asks for the next one.
"""

from collections.abc import Mapping
from decimal import Decimal

from model_router.domain.budgets.account import Account
from model_router.domain.budgets.entry import Entry, Item
from model_router.domain.budgets.ports import Budgets
from model_router.domain.money.pricing import ZERO

#: A shard gets its share of the limit in this many grants, each when it has spent the one before.
_GRANTS_PER_SHARD = 4
_CREDITED = "credited"


class Grants:
    """Grants to the shards of an account. Raises BudgetsUnavailable."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    def grant(self, account: Account, shard: int, amount: Decimal, found: Item) -> Item | None:
        """Grants a shard at least what it lacks for `amount`. `found` is the shard's item.

        Returns None if the shard has more than before, or the account's own item if the account's limit prevents it.
        """
        granted = int(found.get(_CREDITED, 0))
        name = f"g{shard:02d}"
        refused: Item = {}
        for deltas in _sizes(account, amount, found):
            entry = Entry(
                account.key,
                account.expires_at,
                deltas=deltas,
                ceilings=account.ceilings,
                expected={name: _number(granted)},
                sets={name: str(granted + 1), f"{name}_usd": _text(deltas)},
            )
            answer = self._budgets.write(entry)
            if answer.applied:
                self._credit(account, shard, granted, deltas)
                return None
            last = int(answer.item.get(name, 0))
            if last > granted:
                # Another process made it, or a copy of this entry. If it is not the next number, it was credited too.
                if last == granted + 1:
                    self._credit(account, shard, granted, _deltas(str(answer.item[f"{name}_usd"])))
                return None
            refused = answer.item
        return refused

    def _credit(self, account: Account, shard: int, granted: int, deltas: Mapping[str, Decimal]) -> None:
        self._budgets.write(
            Entry(
                account.shard_key(shard),
                account.expires_at,
                deltas={counter: -delta for counter, delta in deltas.items()},
                expected={_CREDITED: _number(granted)},
                sets={_CREDITED: str(granted + 1)},
            )
        )


def _sizes(account: Account, amount: Decimal, found: Item) -> list[dict[str, Decimal]]:
    """What to grant, by counter: first a full portion, then only what is lacking."""
    lacking = {name: max(ZERO, Decimal(found.get(name, ZERO)) + amount) for name in account.counters}
    portion = _portion(account, amount)
    return [{name: max(lack, portion) if lack else lack for name, lack in lacking.items()}, lacking]


def _portion(account: Account, amount: Decimal) -> Decimal:
    """The size of a grant: a multiple of the requested amount, so that little is left over at the end."""
    if not amount:
        return ZERO
    share = min(account.ceilings.values()) / (_GRANTS_PER_SHARD * account.shards)
    return amount * max(1, int(share / amount))


def _number(granted: int) -> str | None:
    return str(granted) if granted else None


def _text(deltas: Mapping[str, Decimal]) -> str:
    return " ".join(f"{counter}={delta:f}" for counter, delta in deltas.items())


def _deltas(text: str) -> dict[str, Decimal]:
    return {counter: Decimal(delta) for counter, _, delta in (part.partition("=") for part in text.split())}
