"""What jobs and idempotency keys share: where runs and texts are kept, for how long, and how one is claimed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from model_router.domain.executions.execution import Execution, ExecutionStatus
from model_router.domain.executions.ports import ExecutionStore, TextStore
from model_router.domain.ports import Clock, Telemetry

LEASE_MARGIN = timedelta(seconds=15)
"""Beyond a request's own deadline: what settling the ledger and keeping the answer may take."""


@dataclass(frozen=True, slots=True)
class ExecutionStorage:
    runs: ExecutionStore
    texts: TextStore
    telemetry: Telemetry
    clock: Clock
    randomness: Callable[[int], bytes]
    kept: timedelta

    def waiting(self, name: str, client: str, status: ExecutionStatus) -> Execution:
        """A run that nobody has claimed."""
        return Execution(name, client, name, status, self.clock.now() + self.kept)

    def claimed(self, name: str, client: str, fingerprint: str, seconds: float) -> Execution:
        """A run as whoever claims it stores it: leased for `seconds` and a margin."""
        now = self.clock.now()
        return Execution(
            name=name,
            client=client,
            fingerprint=fingerprint,
            status="running",
            owner=self.randomness(16).hex(),
            lease_until=now + timedelta(seconds=seconds) + LEASE_MARGIN,
            expires_at=now + self.kept,
        )
