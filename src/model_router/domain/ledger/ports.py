"""Ports of the ledger, and of the spool for records that the ledger did not accept."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.requests.feedback import Feedback


class LedgerUnavailable(Exception):
    """The ledger could not write or read a record."""


class ForeignRecord(Exception):
    """Another client's record has this request id. Nothing was written, and a retry would not help."""


class Ledger(Protocol):
    """Writes raise LedgerUnavailable, or ForeignRecord if the record belongs to another client."""

    def add_intent(self, record: LedgerRecord) -> None:
        """Writes the record's last attempt before it is sent, and the results of the earlier ones."""

    def add_outcome(self, record: LedgerRecord) -> None:
        """Writes the results of the attempts if the record is open. A closed record does not change."""

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record. May be repeated; older writes do not overwrite it."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The record of a request, or None."""


class UnsettledRecords(Protocol):
    """The ledger's operations for the reaper. All raise LedgerUnavailable."""

    def overdue(self, before: datetime) -> Iterator[str]:
        """Request ids of records that should have been settled by then. Some may be missing."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The current record, by a consistent read."""

    def abandon(self, record: LedgerRecord) -> bool:
        """Closes a record if it has not changed since it was read. Returns False if it has."""


class SpoolUnavailable(Exception):
    """The spool did not accept a record."""


class Spool(Protocol):
    """Holds records that the ledger did not accept."""

    def keep(self, record: LedgerRecord) -> None:
        """Returns once the record is stored. Raises SpoolUnavailable."""


class FeedbackStore(Protocol):
    def put(self, feedback: Feedback, client: str) -> Mapping[str, object] | None:
        """Stores feedback on the client's record unless it has later feedback. Raises LedgerUnavailable.

        Returns the record's feedback afterwards, or None if the client has no such record.
        """
