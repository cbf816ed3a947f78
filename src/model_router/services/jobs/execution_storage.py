"""What jobs and idempotency keys share: their stores, how long they are kept, and how one is claimed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from model_router.domain.executions.execution import Execution, ExecutionStatus
from model_router.domain.executions.ports import ExecutionStore, TextStore
from model_router.domain.ports import Clock, Telemetry

LEASE_MARGIN = timedelta(seconds=15)
"""Beyond a request's deadline: time to settle the ledger and to store the answer."""


@dataclass(frozen=True, slots=True)
class ExecutionStorage:
    executions: ExecutionStore
    texts: TextStore
    telemetry: Telemetry
    clock: Clock
    randomness: Callable[[int], bytes]
    retention: timedelta

    def unclaimed(self, name: str, client: str, status: ExecutionStatus) -> Execution:
        """A new execution without an owner."""
        return Execution(name, client, name, status, self.clock.now() + self.retention)

    def claim_of(self, name: str, client: str, fingerprint: str, seconds: float) -> Execution:
        """An execution as its claimer stores it: leased for `seconds` and a margin."""
        now = self.clock.now()
        return Execution(
            name=name,
            client=client,
            fingerprint=fingerprint,
            status="running",
            owner=self.randomness(16).hex(),
            lease_until=now + timedelta(seconds=seconds) + LEASE_MARGIN,
            expires_at=now + self.retention,
        )
