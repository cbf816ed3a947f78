"""What jobs and idempotency keys share: where runs and texts are kept, for how long, and how one is claimed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from model_router.domain.ports import Clock, Telemetry
from model_router.domain.runs.ports import RunStore, TextStore
from model_router.domain.runs.stored_run import RunStatus, StoredRun

LEASE_MARGIN = timedelta(seconds=15)
"""Beyond a request's own deadline: what settling the ledger and keeping the answer may take."""


@dataclass(frozen=True, slots=True)
class RunKeeping:
    runs: RunStore
    texts: TextStore
    telemetry: Telemetry
    clock: Clock
    randomness: Callable[[int], bytes]
    kept: timedelta

    def waiting(self, name: str, client: str, status: RunStatus) -> StoredRun:
        """A run that nobody has claimed."""
        return StoredRun(name, client, name, status, self.clock.now() + self.kept)

    def claimed(self, name: str, client: str, fingerprint: str, seconds: float) -> StoredRun:
        """A run as whoever claims it stores it: leased for `seconds` and a margin."""
        now = self.clock.now()
        return StoredRun(
            name=name,
            client=client,
            fingerprint=fingerprint,
            status="running",
            owner=self.randomness(16).hex(),
            lease_until=now + timedelta(seconds=seconds) + LEASE_MARGIN,
            expires_at=now + self.kept,
        )
