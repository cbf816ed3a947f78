"""The two sides of a day: what the ledger says was bought, and what Anthropic says that it sold."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO, Usage
from model_router.domain.reconciliation.kinds import KINDS, Kind, amounts, costs

ANY_MODEL = ""
"""The model of what Anthropic bills without naming one: web searches."""

MAX_NAMED = 20
"""So many attempts are named in a finding; the others are only counted."""

Row = tuple[str, Kind]


@dataclass(frozen=True, slots=True)
class BilledCall:
    """An attempt as the ledger holds it. `at` is when its request came."""

    id: str
    model: str
    cost_state: Literal["known", "unknown", "free"]
    cost_usd: Decimal | None
    cost_max_usd: Decimal
    usage: Usage
    at: datetime


@dataclass(slots=True)
class Side:
    """Tokens (or searches) and USD, by model and kind."""

    amounts: Counter[Row] = field(default_factory=Counter)
    usd: defaultdict[Row, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def total_usd(self) -> Decimal:
        return sum(self.usd.values(), ZERO)

    def renamed(self, ids: Mapping[str, str]) -> "Side":
        """The same under each model's id in the catalog: a report may name it by an alias."""
        side = Side()
        for (model, kind), amount in self.amounts.items():
            side.amounts[ids.get(model, model), kind] += amount
        for (model, kind), usd in self.usd.items():
            side.usd[ids.get(model, model), kind] += usd
        return side

    def absorb(self, other: "Side") -> None:
        self.amounts.update(other.amounts)
        for row, usd in other.usd.items():
            self.usd[row] += usd


@dataclass(slots=True)
class Unknown:
    """Calls that may have been billed and brought no usage, and the most that they can have cost."""

    calls: int = 0
    max_usd: Decimal = ZERO


@dataclass(slots=True)
class LedgerSide(Side):
    """The ledger's side. `recorded_usd` is what its records say; `usd` prices their tokens anew, by kind."""

    calls: int = 0
    simulated: bool = False
    recorded_usd: Decimal = ZERO
    unknown: defaultdict[str, Unknown] = field(default_factory=lambda: defaultdict(Unknown))
    #: Attempt → (its model, what the record says less what its tokens cost).
    mispriced: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    mispriced_calls: int = 0

    def add(self, call: BilledCall, catalog: Catalog) -> None:
        """Counts a call in. Free ones were not billed."""
        model = catalog.ids.get(call.model, call.model)
        self.calls += 1
        if call.cost_state == "unknown":
            self.unknown[model].calls += 1
            self.unknown[model].max_usd += call.cost_max_usd
        if call.cost_state != "known":
            return
        recorded = call.cost_usd or ZERO
        self.recorded_usd += recorded
        priced = costs(catalog, model, call.usage, call.at) if model in catalog.models else {}
        counted = amounts(call.usage)
        for kind in KINDS:
            self.amounts[model, kind] += counted[kind]
            row = (ANY_MODEL if kind == "web_search" else model, kind)
            self.usd[row] += priced.get(kind, ZERO)
        if recorded != (right := sum(priced.values(), ZERO)):
            self.mispriced_calls += 1
            if len(self.mispriced) < MAX_NAMED:
                self.mispriced[call.id] = (model, recorded - right)

    def merge(self, other: "LedgerSide") -> None:
        """Counts another part of the day in."""
        self.absorb(other)
        self.calls += other.calls
        self.simulated = self.simulated or other.simulated
        self.recorded_usd += other.recorded_usd
        self.mispriced_calls += other.mispriced_calls
        for attempt in sorted(other.mispriced)[: MAX_NAMED - len(self.mispriced)]:
            self.mispriced[attempt] = other.mispriced[attempt]
        for model, unknown in other.unknown.items():
            self.unknown[model].calls += unknown.calls
            self.unknown[model].max_usd += unknown.max_usd
