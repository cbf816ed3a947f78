"""Closes records that were never settled because their process died.

Their unknown costs stay at the bound. A settlement that arrives later still wins.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from model_router.domain.ledger.ports import UnsettledRecords
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.money.pricing import ZERO
from model_router.domain.ports import Telemetry


@dataclass(slots=True)
class Reaped:
    """What one invocation did. `changed`: settled or changed in the meantime. `left`: not handled for lack of time."""

    abandoned: int = 0
    changed: int = 0
    left: int = 0
    unknown_max_usd: Decimal = ZERO

    def to_json(self) -> dict[str, object]:
        return {
            "abandoned": self.abandoned,
            "changed": self.changed,
            "left": self.left,
            "unknown_max_usd": format(self.unknown_max_usd, "f"),
        }


@dataclass(slots=True, eq=False)
class ReapRecordsService:
    records: UnsettledRecords
    telemetry: Telemetry

    def reap(self, before: datetime, may_go_on: Callable[[], bool]) -> Reaped:
        """Closes records that should have been settled by `before`, while `may_go_on`. Raises LedgerUnavailable."""
        reaped = Reaped()
        for request_id in self.records.overdue(before):
            if not may_go_on():
                reaped.left += 1
                continue
            record = self.records.read(request_id)
            if record is None or record.status == "settled" or not self.records.abandon(record):
                reaped.changed += 1
            elif record.status == "open":  # a late intent reopened an abandoned one, which was counted before
                self._note(record, reaped)
        return reaped

    def _note(self, record: LedgerRecord, reaped: Reaped) -> None:
        unknown = record.cost_max_usd - record.cost_usd
        reaped.abandoned += 1
        reaped.unknown_max_usd += unknown
        self.telemetry.event(
            "RecordAbandoned",
            request_id=record.request_id,
            attempts=len(record.attempts),
            unknown_max_usd=str(unknown),
        )
