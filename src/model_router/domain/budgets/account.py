"""Accounts: whose spend is held against which limits, under which keys it is counted, and when it starts anew.

An account is a client or the stack in one calendar month (UTC). One item counts both the month (`m`) and each of its
days (`d01` … `d31`), so that one conditional update holds both limits.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from model_router.domain.budgets.entry import Item
from model_router.domain.budgets.rules import BudgetRules, Limits
from model_router.domain.money.pricing import ZERO

MONTH = "m"
_KEPT = timedelta(days=60)
"""How long counters are kept from the end of their month on, for whoever looks back."""


@dataclass(frozen=True, slots=True)
class Account:
    """`resets`: each counter → the moment it starts anew; `ceilings`: those that are limited → the limit in USD.

    Both counters are kept whichever is limited, so that a limit that is set later finds what was spent before it.
    """

    holder: Literal["client", "stack"]
    name: str
    month: str
    ceilings: Mapping[str, Decimal]
    resets: Mapping[str, datetime]
    cap: str | None
    shards: int
    expires_at: datetime

    @property
    def key(self) -> str:
        """The item that holds the limits."""
        return f"{self.name}#{self.month}"

    def shard_key(self, shard: int) -> str:
        """The item of a shard, which spends what the account's own item has granted it."""
        return f"{self.key}#{shard:02d}"

    @property
    def counters(self) -> tuple[str, ...]:
        return tuple(self.resets)

    def blocking(self, standing: Item, amount: Decimal) -> str:
        """The counter whose limit leaves no room for `amount`; of several, the one that resets last."""
        full = [name for name, limit in self.ceilings.items() if Decimal(standing.get(name, ZERO)) + amount > limit]
        return max(full or self.ceilings, key=lambda name: self.resets[name])

    def sentence(self, counter: str) -> str:
        """Which limit is reached, for the caller. The stack's amount is not every client's to know."""
        whose = "This client's" if self.holder == "client" else "This stack's"
        period = "monthly" if counter == MONTH else "daily"
        amount = f" of ${self.ceilings[counter]:f}" if self.holder == "client" else ""
        return f"{whose} {period} budget{amount} is used up or held for running requests"


def accounts(rules: BudgetRules, client: str, at: datetime) -> list[Account]:
    """The accounts that a request of `client` at the time `at` is held against; none where no limit is set.

    The client's comes first: it is the one that refuses more often, and a refusal there touches nothing else.
    """
    found: list[Account] = []
    of_client = rules.of_client(client)
    if of_client.limited:
        found.append(_account("client", f"client:{client}", of_client, at))
    if rules.stack.limited:
        found.append(_account("stack", "stack", rules.stack, at))
    return found


def _account(holder: Literal["client", "stack"], name: str, limits: Limits, at: datetime) -> Account:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    next_month = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    day = f"d{at.day:02d}"
    ceilings = {day: limits.daily_usd, MONTH: limits.monthly_usd}
    return Account(
        holder=holder,
        name=name,
        month=f"{at:%Y-%m}",
        ceilings={counter: limit for counter, limit in ceilings.items() if limit is not None},
        resets={day: midnight + timedelta(days=1), MONTH: next_month},
        cap=limits.cap,
        shards=limits.shards,
        expires_at=next_month + _KEPT,
    )
