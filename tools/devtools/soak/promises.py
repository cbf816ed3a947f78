"""What must hold of the ledger besides its equality with the bill."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devtools.soak import intruders
from devtools.soak.requests import NUMBER_TAG
from devtools.soak.uploads import SWAPPED_TAG
from model_router.domain.ledger.record import Attempt, LedgerRecord

_NUMBER = re.compile(rf"{NUMBER_TAG}\W+(\d+)".encode())
_ID = re.compile(rb"req_[0-9A-Z]{26}")
_HOLD = re.compile(r'"hold":"([0-9A-Z]{26}-\d+)')


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The requests (numbers) and jobs (ids) whose process was killed, and attempts whose hold could not be settled."""

    numbers: frozenset[str]
    jobs: frozenset[str]
    unsettled: frozenset[str]
    #: How many invocations were interrupted.
    count: int

    @classmethod
    def of(cls, events: Iterable[bytes], log: str) -> "Interrupted":
        events = list(events)
        return cls(
            frozenset(number.decode() for event in events for number in _NUMBER.findall(event)),
            frozenset(job.decode() for event in events for job in _ID.findall(event)),
            frozenset(f"req_{name}" for name in _HOLD.findall(log)),
            len(events),
        )

    def killed(self, record: LedgerRecord) -> bool:
        return record.tags.get(NUMBER_TAG) in self.numbers or record.request_id in self.jobs

    def uncertain(self, record: LedgerRecord, attempt: Attempt) -> bool:
        """Whether the budgets may have missed the cost of the attempt."""
        return self.killed(record) or attempt.id in self.unsettled


def broken(
    records: Iterable[LedgerRecord], bill: Iterable[Mapping[str, Any]], rules_digest: str, interrupted: Interrupted
) -> list[str]:
    """Which promises were broken, one line each."""
    known = list(records)
    reported = {entry["attempt_id"] for entry in bill if entry["reported"]}
    forgotten = [
        f"{attempt.id}: Claude reported its full usage, but the recorded cost is unknown (error {attempt.error})"
        for record in known
        for attempt in record.attempts
        if attempt.cost_state == "unknown" and attempt.id in reported and not interrupted.killed(record)
    ]
    return [*forgotten, *(line for record in known for line in _wrong_record(record, rules_digest))]


def _wrong_record(record: LedgerRecord, rules_digest: str) -> Iterable[str]:
    if not record.rules_version.endswith(f"-{rules_digest}"):
        yield f"{record.request_id} was routed by other rules than the soak's: {record.rules_version}"
    if SWAPPED_TAG in record.tags:
        yield f"{record.request_id} ran a body that replaced the accepted one"
    if record.client == intruders.CLIENT:
        yield f"{record.request_id} belongs to a client whose messages must be refused"
