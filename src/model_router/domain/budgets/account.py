"""Accounts: the limits of a client, a session or the stack, the keys of their counters, and when the counters reset.

An account of a client or the stack covers one calendar month (UTC). One item counts both the month (`m`) and each of
its days (`d01` … `d31`), so that one conditional update checks both limits. A session's has one counter, which resets
only by being deleted, after the session's last use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from model_router.domain.budgets.entry import Item
from model_router.domain.budgets.rules import BudgetRules, Limits, SessionLimits
from model_router.domain.ledger.record import iso
from model_router.domain.money.pricing import ZERO

MONTH = "m"
TOTAL = "t"
_KEEP_FOR = timedelta(days=60)
"""How long counters are kept after the end of their month."""


@dataclass(frozen=True, slots=True)
class Account:
    """`resets` maps each counter to the time at which it resets, `ceilings` each limited counter to its limit in USD.

    Both counters are kept even if only one is limited, so that a limit that is set later includes the earlier spend.
    """

    holder: Literal["client", "session", "stack"]
    name: str
    period: str
    ceilings: Mapping[str, Decimal]
    resets: Mapping[str, datetime]
    cap: str | None
    shards: int
    expires_at: datetime

    @property
    def key(self) -> str:
        """The key of the item with the limits."""
        return f"{self.name}#{self.period}"

    def shard_key(self, shard: int) -> str:
        """The key of a shard, which spends the amounts that the account's item has granted it."""
        return f"{self.key}#{shard:02d}"

    @property
    def counters(self) -> tuple[str, ...]:
        return tuple(self.resets)

    def blocking(self, item: Item, amount: Decimal) -> str:
        """The counter whose limit `amount` would exceed; of several, the one that resets last."""
        full = [name for name, limit in self.ceilings.items() if Decimal(item.get(name, ZERO)) + amount > limit]
        return max(full or self.ceilings, key=lambda name: self.resets[name])

    def sentence(self, counter: str) -> str:
        """The caller's message about a reached limit. The stack's amount is not shown to clients."""
        period = {MONTH: "monthly ", TOTAL: ""}.get(counter, "daily ")
        amount = "" if self.holder == "stack" else f" of ${self.ceilings[counter]:f}"
        return f"This {self.holder}'s {period}budget{amount} is used up or reserved for running requests"

    def reset_sentence(self, counter: str) -> str:
        """What ends the limit."""
        if self.holder == "session":
            return "It does not reset while the session is in use: start a new session."
        return f"It resets at {iso(self.resets[counter])}."


def accounts(rules: BudgetRules, client: str, at: datetime, session: str | None = None) -> list[Account]:
    """The limited accounts that a request of `client` at the time `at` counts in.

    Those that refuse more often are first, and the others are then not touched.
    """
    result: list[Account] = []
    if session is not None and rules.every_session.total_usd is not None:
        result.append(_session_account(session, rules.every_session, rules.every_session.total_usd, at))
    limits = rules.of_client(client)
    if limits.limited:
        result.append(_account("client", f"client:{client}", limits, at))
    if rules.stack.limited:
        result.append(_account("stack", "stack", rules.stack, at))
    return result


def _account(holder: Literal["client", "stack"], name: str, limits: Limits, at: datetime) -> Account:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    next_month = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    day = f"d{at.day:02d}"
    ceilings = {day: limits.daily_usd, MONTH: limits.monthly_usd}
    return Account(
        holder=holder,
        name=name,
        period=f"{at:%Y-%m}",
        ceilings={counter: limit for counter, limit in ceilings.items() if limit is not None},
        resets={day: midnight + timedelta(days=1), MONTH: next_month},
        cap=limits.cap,
        shards=limits.shards,
        expires_at=next_month + _KEEP_FOR,
    )


def _session_account(session: str, limits: SessionLimits, limit: Decimal, at: datetime) -> Account:
    """One item, since no session has many requests at once. Every write to it puts its expiry off."""
    expires_at = at + timedelta(days=limits.kept_days)
    return Account(
        holder="session",
        name=f"session:{session}",
        period="all",
        ceilings={TOTAL: limit},
        resets={TOTAL: expires_at},
        cap=limits.cap,
        shards=1,
        expires_at=expires_at,
    )
