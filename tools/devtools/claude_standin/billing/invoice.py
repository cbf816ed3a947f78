"""The invoice: every call that was billed, once, with its exact cost in USD, by the rates of `models.toml`."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TextIO

from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.models import Model

PER = Decimal(1_000_000)
WEB_SEARCH_USD = Decimal(10) / Decimal(1000)
US_FACTOR = Decimal("1.1")
FAST_FACTOR = Decimal(2)
#: Refusals before any output that are billed, by category, from that day on.
REFUSALS_BILLED_SINCE = datetime(2026, 9, 24, tzinfo=UTC)
REFUSALS_BILLED = frozenset({"bio", "frontier_llm", "reasoning_extraction"})
KINDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


def rate(model: Model, usage: Usage, at: datetime) -> dict[str, Decimal]:
    """USD per million tokens of each of KINDS, at that time and for a prompt of that length.

    The band reprices every token of the request.
    """
    fitting = [r for r in model.rates if r.get("since", at) <= at and usage.prompt > r.get("above", -1)]
    return dict(zip(KINDS, map(Decimal, fitting[-1]["usd"].split()), strict=True))


def factor(inference_geo: str | None, fast: bool) -> Decimal:
    """What region and speed multiply the price of tokens by."""
    return (US_FACTOR if inference_geo == "us" else Decimal(1)) * (FAST_FACTOR if fast else Decimal(1))


def refusal_is_billed(category: str | None, at: datetime) -> bool:
    """Whether a refusal before any output is charged."""
    return category in REFUSALS_BILLED and at >= REFUSALS_BILLED_SINCE


def costs(
    model: Model, usage: Usage, at: datetime, inference_geo: str | None = None, *, fast: bool = False
) -> dict[str, Decimal]:
    """The exact USD of one model's part of a billed call, by KINDS, and of searches under `web_search`."""
    prices, times = rate(model, usage, at), factor(inference_geo, fast)
    tokens = {kind: getattr(usage, kind) * price * times / PER for kind, price in prices.items()}
    return {**tokens, "web_search": usage.web_searches * WEB_SEARCH_USD}


def cost(model: Model, usage: Usage, at: datetime, inference_geo: str | None = None, *, fast: bool = False) -> Decimal:
    """The exact USD of one model's part of a billed call."""
    return sum(costs(model, usage, at, inference_geo, fast=fast).values(), Decimal(0))


Status = Literal["completed", "cut", "client_gone"]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Billed:
    """One billed call. `at` is when it came in; its price is the one in force then.

    `reported`: the client got the whole answer with its final usage.
    `model` answered; `others` are the parts of other models, advisors and those that declined, with their usage.
    """

    request_id: str
    attempt_id: str | None
    model: Model
    usage: Usage
    inference_geo: str | None
    at: datetime
    status: Status
    reported: bool = False
    fast: bool = False
    others: tuple[tuple[Model, Usage], ...] = ()

    def record(self) -> Record:
        """The call as JSON: tokens by kind under `usage`, `cost_usd` as the exact decimal's text."""
        return {
            "attempt_id": self.attempt_id,
            "request_id": self.request_id,
            "model": self.model.id,
            "usage": self.usage.kinds(),
            "inference_geo": self.inference_geo,
            "fast": self.fast,
            "other_models": [{"model": model.id, "usage": usage.kinds()} for model, usage in self.others],
            "cost_usd": format(self._cost(), "f"),
            "at": self.at.isoformat(),
            "status": self.status,
            "reported": self.reported,
            "simulated": True,
        }

    def _cost(self) -> Decimal:
        own = cost(self.model, self.usage, self.at, self.inference_geo, fast=self.fast)
        return sum((cost(model, usage, self.at, self.inference_geo) for model, usage in self.others), own)


@dataclass(slots=True)
class Invoice:
    """Records in memory, and a line each in a file where one is given. Thread safe; a call is on it once."""

    path: Path | None = None
    _ids: set[str] = field(default_factory=set)
    _records: list[Record] = field(default_factory=list)
    _file: TextIO | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, billed: Billed) -> None:
        """Add a call. A second call with the same request id is ignored."""
        record = billed.record()
        with self._lock:
            if billed.request_id in self._ids:
                return
            self._ids.add(billed.request_id)
            self._records.append(record)
            if self.path is not None:
                self._file = self._file or self.path.open("a", encoding="utf-8")
                self._file.write(json.dumps(record) + "\n")
                self._file.flush()

    def records(self) -> list[Record]:
        """Every record so far, oldest first."""
        with self._lock:
            return list(self._records)

    def clear(self) -> None:
        """Forget the records in memory; the file keeps its lines."""
        with self._lock:
            self._records.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


Clock = Callable[[], datetime]
