"""What every service needs of the outside world. What one topic needs stands in its own folder's `ports`.

Adapters implement these; tests use fakes of them.
"""

from datetime import datetime
from typing import Protocol

from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.metric_names import Dimension


class Telemetry(Protocol):
    """What operators see. No prompt, answer or key goes into any of it."""

    def request_settled(self, record: LedgerRecord) -> None: ...

    def event(self, name: str, **details: object) -> None:
        """A named event: a metric of that name counts it, a log line holds its details. Its name stands in
        `domain.metric_names`."""

    def measure(self, name: str, value: float, dimension: tuple[Dimension, str] | None = None) -> None:
        """A value of a metric of `domain.metric_names`, with one of its dimensions or none."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, UTC."""

    def monotonic(self) -> float:
        """Seconds, for measuring."""

    def processor(self) -> float:
        """Seconds of processor time that this thread has used, for measuring."""

    def sleep(self, seconds: float) -> None: ...
