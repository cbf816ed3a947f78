"""The two sides of a day: what the ledger recorded, and what Anthropic sold."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, get_args

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage, multiplier, price_day

Kind = Literal["input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "web_search"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STANDARD = "standard"
_PER_MILLION = -6
_PER_THOUSAND = -3


def mode(*, batch: bool, fast: bool, us: bool) -> str:
    """What multiplies the list price: `standard`, `batch`, `fast`, `us`, `batch us` or `fast us`."""
    words = [word for word, applies in (("batch", batch), ("fast", fast), ("us", us)) if applies]
    return " ".join(words) or STANDARD


def mode_of(usage: Usage) -> str:
    """The mode of an attempt."""
    return mode(batch=usage.batch, fast=usage.fast, us=usage.inference_geo == "us")


def amounts(usage: Usage) -> dict[Kind, int]:
    """The number of tokens of each kind, and of searches."""
    return {
        "input": usage.input_tokens,
        "output": usage.output_tokens,
        "cache_write_5m": usage.cache_write_5m_tokens,
        "cache_write_1h": usage.cache_write_1h_tokens,
        "cache_read": usage.cache_read_tokens,
        "web_search": usage.web_searches,
    }


def costs(catalog: Catalog, model: str, usage: Usage, at: datetime) -> dict[Kind, Decimal]:
    """USD of each kind at the prices of `at`. Their sum is `pricing.cost`."""
    card = catalog.card(model)
    prices = card.prices_on(price_day(at)).band(usage.prompt_tokens)
    factor = multiplier(catalog, card, usage)
    rates: dict[Kind, Decimal] = {
        "input": prices.input,
        "output": prices.output,
        "cache_write_5m": prices.cache_write_5m,
        "cache_write_1h": prices.cache_write_1h,
        "cache_read": prices.cache_read,
    }
    counted = amounts(usage)
    usd = {kind: (counted[kind] * rate * factor).scaleb(_PER_MILLION) for kind, rate in rates.items()}
    usd["web_search"] = (usage.web_searches * catalog.web_search_per_thousand).scaleb(_PER_THOUSAND)
    return usd


ANY_MODEL = ""
"""Stands for the model in rows that Anthropic bills without one: web searches."""

MAX_NAMED = 20
"""The number of attempts that a finding names; the others are only counted."""

Row = tuple[str, str, Kind]
"""Model, mode (`kinds.mode`) and kind."""

SEARCHES: Row = (ANY_MODEL, STANDARD, "web_search")
"""The row with the cost of searches."""


@dataclass(frozen=True, slots=True)
class BilledAttempt:
    """An attempt in the ledger. `at` is the time of its request."""

    id: str
    model: str
    cost_state: Literal["known", "unknown", "free"]
    cost_usd: Decimal | None
    cost_max_usd: Decimal
    usage: Usage
    at: datetime
    #: The usage of other models in the same attempt.
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
        """The side with each model under its id in the catalog, since reports may use an alias."""
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
    """Attempts that may have been billed but gave no usage, and the most that they can have cost."""

    attempts: int = 0
    max_usd: Decimal = ZERO


@dataclass(slots=True)
class LedgerSide(Side):
    """The ledger's side. `recorded_usd` is the sum of its records' costs; `usd` prices their tokens again, by kind."""

    attempts: int = 0
    simulated: bool = False
    recorded_usd: Decimal = ZERO
    unknown: defaultdict[str, Unknown] = field(default_factory=lambda: defaultdict(Unknown))
    #: Model → the most of Anthropic's sales of it that attempts of unknown cost can explain.
    explains: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    #: Attempt → (its model, the recorded cost less the price of its tokens).
    mispriced: dict[str, tuple[str, Decimal]] = field(default_factory=dict)
    mispriced_attempts: int = 0

    def add(self, attempt: BilledAttempt, catalog: Catalog) -> None:
        """Counts an attempt. Free ones were not billed."""
        model = catalog.ids.get(attempt.model, attempt.model)
        self.attempts += 1
        if attempt.cost_state == "unknown":
            self.unknown[model].attempts += 1
            self.unknown[model].max_usd += attempt.cost_max_usd
            for name in {model, *(catalog.ids.get(other.model, other.model) for other in attempt.other_models)}:
                self.explains[name] += attempt.cost_max_usd
        if attempt.cost_state != "known":
            return
        recorded = attempt.cost_usd or ZERO
        self.recorded_usd += recorded
        price = self._count(model, attempt.usage, attempt.at, catalog)
        for other in attempt.other_models:
            price += self._count(catalog.ids.get(other.model, other.model), other.usage, attempt.at, catalog)
        if recorded != price:
            self.mispriced_attempts += 1
            if len(self.mispriced) < MAX_NAMED:
                self.mispriced[attempt.id] = (model, recorded - price)

    def _count(self, model: str, usage: Usage, at: datetime, catalog: Catalog) -> Decimal:
        """Counts one model's part of an attempt, and returns its price in USD."""
        priced = costs(catalog, model, usage, at) if model in catalog.models else {}
        counted, mode = amounts(usage), mode_of(usage)
        for kind in KINDS:
            self.amounts[model, mode, kind] += counted[kind]
            self.usd[SEARCHES if kind == "web_search" else (model, mode, kind)] += priced.get(kind, ZERO)
        return sum(priced.values(), ZERO)

    def merge(self, other: "LedgerSide") -> None:
        """Adds another part of the day."""
        self.absorb(other)
        self.attempts += other.attempts
        self.simulated = self.simulated or other.simulated
        self.recorded_usd += other.recorded_usd
        self.mispriced_attempts += other.mispriced_attempts
        for attempt in sorted(other.mispriced)[: MAX_NAMED - len(self.mispriced)]:
            self.mispriced[attempt] = other.mispriced[attempt]
        for model, unknown in other.unknown.items():
            self.unknown[model].attempts += unknown.attempts
            self.unknown[model].max_usd += unknown.max_usd
        for model, usd in other.explains.items():
            self.explains[model] += usd
