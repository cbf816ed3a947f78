"""Ports that every service uses. Ports for one topic are in the `ports` module of its package.

Adapters implement them; tests use fakes.
"""

from datetime import datetime
from typing import Protocol

from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.metric_names import Dimension


class Telemetry(Protocol):
    """Metrics and logs for operators. They never contain a prompt, an answer or a key."""

    def request_settled(self, record: LedgerRecord) -> None: ...

    def event(self, name: str, **details: object) -> None:
        """Counts an event of `domain.metric_names` as a metric, and logs its details."""

    def measure(self, name: str, value: float, dimension: tuple[Dimension, str] | None = None) -> None:
        """Records a value of a metric of `domain.metric_names`, with one of its dimensions or none."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, UTC."""

    def monotonic(self) -> float:
        """Seconds for measuring intervals."""

    def processor(self) -> float:
        """Seconds of processor time of this thread."""

    def sleep(self, seconds: float) -> None: ...
