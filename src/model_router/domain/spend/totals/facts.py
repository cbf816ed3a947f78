"""What the totals need of a ledger record: as little as possible, since a day may have a million records."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.errors import NotFound
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.spend.amounts import ZERO, minus


@dataclass(slots=True)
class AttemptFacts:
    """One attempt. `cost` is what is certain, `bound` the most that an unknown cost can add."""

    tier: str
    model: str
    cost: Decimal
    unknown: bool
    bound: Decimal
    input_tokens: int
    output_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    cache_read_tokens: int
    web_searches: int
    latency_ms: int | None
    #: Claude's error type or ours. None if the attempt was answered, and while it is running.
    error: str | None
    #: Whether validators checked the answer, and whether it passed all of them.
    checked: bool
    passed: bool
    #: What its prompt cache saved, negative if writing it cost more. None if no price is known.
    cache_saving: Decimal | None = ZERO
    #: The effort to which a rule limited it.
    effort: str | None = None
    #: What multiplies its list price: `standard`, `batch`, `fast`, `us`, `batch us` or `fast us`.
    mode: str = "standard"

    @property
    def answered(self) -> bool:
        """An attempt that is still running has neither an error nor a latency."""
        return self.error is None and self.latency_ms is not None


@dataclass(slots=True)
class RequestFacts:
    """One request. `day` is its UTC day, `2026-11-23`; `status` is open, settled or abandoned."""

    day: str
    client: str
    task: str
    rules_version: str
    arm: str
    tier: str
    model: str
    status: str
    baseline_low: Decimal
    baseline_high: Decimal
    latency_ms: int | None
    overhead_ms: int | None
    simulated: bool
    feedback: Decimal | None
    application: str | None = None
    session: str | None = None
    opens_turn: bool = False
    tags: list[tuple[str, str]] = field(default_factory=list)
    attempts: list[AttemptFacts] = field(default_factory=list)


class CacheSavings:
    """Prices cache tokens by the catalog as of a record's day."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, model: str, usage: Usage, day: date) -> Decimal | None:
        """USD saved, negative if the writes cost more than the reads saved, or None for an unknown model."""
        at = datetime.combine(day, time(), UTC)
        cached = replace(usage, output_tokens=0, web_searches=0)
        plain = replace(
            cached,
            input_tokens=usage.prompt_tokens,
            cache_write_5m_tokens=0,
            cache_write_1h_tokens=0,
            cache_read_tokens=0,
        )
        try:
            return minus(cost(self._catalog, model, plain, at), cost(self._catalog, model, cached, at))
        except NotFound:
            return None
