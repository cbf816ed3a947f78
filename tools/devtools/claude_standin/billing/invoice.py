"""The invoice: every call that was billed, once, with its exact cost."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TextIO

from devtools.claude_standin.billing.prices import cost
from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.models import Model

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
