"""The two sides of a day: what the ledger says was bought, and what Anthropic says that it sold."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage
from model_router.domain.reconciliation.kinds import KINDS, STANDARD, Kind, amounts, costs, mode_of

ANY_MODEL = ""
"""The model of what Anthropic bills without naming one: web searches."""

MAX_NAMED = 20
"""So many attempts are named in a finding; the others are only counted."""

Row = tuple[str, str, Kind]
"""Model, mode (`kinds.mode`) and kind."""

SEARCHES: Row = (ANY_MODEL, STANDARD, "web_search")
"""The row of what searches cost."""


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
    #: What other models did within the call.
    other_models: tuple[ModelUsage, ...] = ()


@dataclass(slots=True)
class Side:
    """Tokens (or searches) and USD, by model, mode and kind."""

    amounts: Counter[Row] = field(default_factory=Counter)
    usd: defaultdict[Row, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def total_usd(self) -> Decimal:
        return sum(self.usd.values(), ZERO)

    def renamed(self, ids: Mapping[str, str]) -> "Side":
        """The same under each model's id in the catalog: a report may name it by an alias."""
        side = Side()
        for (model, mode, kind), amount in self.amounts.items():
            side.amounts[ids.get(model, model), mode, kind] += amount
        for (model, mode, kind), usd in self.usd.items():
            side.usd[ids.get(model, model), mode, kind] += usd
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
    #: Model → the most that calls of unknown cost can account for of what Anthropic sold of it.
    explains: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
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
            for name in {model, *(catalog.ids.get(other.model, other.model) for other in call.other_models)}:
                self.explains[name] += call.cost_max_usd
        if call.cost_state != "known":
            return
        recorded = call.cost_usd or ZERO
        self.recorded_usd += recorded
        right = self._count(model, call.usage, call.at, catalog)
        for other in call.other_models:
            right += self._count(catalog.ids.get(other.model, other.model), other.usage, call.at, catalog)
        if recorded != right:
            self.mispriced_calls += 1
            if len(self.mispriced) < MAX_NAMED:
                self.mispriced[call.id] = (model, recorded - right)

    def _count(self, model: str, usage: Usage, at: datetime, catalog: Catalog) -> Decimal:
        """Counts one model's part of a call in, and returns its price in USD."""
        priced = costs(catalog, model, usage, at) if model in catalog.models else {}
        counted, mode = amounts(usage), mode_of(usage)
        for kind in KINDS:
            self.amounts[model, mode, kind] += counted[kind]
            self.usd[SEARCHES if kind == "web_search" else (model, mode, kind)] += priced.get(kind, ZERO)
        return sum(priced.values(), ZERO)

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
        for model, usd in other.explains.items():
            self.explains[model] += usd
