"""Where records are kept, and where they wait when the ledger does not take them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.requests.feedback import Feedback


class LedgerUnavailable(Exception):
    """The ledger did not take or give a record."""


class ForeignRecord(Exception):
    """Another client's record has this request id. Nothing was written, and a repetition would not change that."""


class Ledger(Protocol):
    """Writes raise LedgerUnavailable, or ForeignRecord: a record belongs to the client that made it."""

    def add_intent(self, record: LedgerRecord) -> None:
        """Writes the record's last attempt before it is sent, and those before it as they ended."""

    def add_outcome(self, record: LedgerRecord) -> None:
        """Writes the attempts of a record as they ended, while it is open. A closed record stays as it is."""

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record. May be repeated; nothing older overwrites it."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The record of a request; None: there is none."""


class UnsettledRecords(Protocol):
    """The ledger as the reaper sees it."""

    def overdue(self, before: datetime) -> Iterator[str]:
        """Request ids of records that should have been settled by then, maybe not of all. LedgerUnavailable."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The record as it stands now, not as it stood a moment ago. LedgerUnavailable."""

    def abandon(self, record: LedgerRecord) -> bool:
        """Closes a record just as it was read; False: something has changed since. LedgerUnavailable."""


class SpoolUnavailable(Exception):
    """The spool did not take a record."""


class Spool(Protocol):
    """Where records wait that the ledger did not take."""

    def keep(self, record: LedgerRecord) -> None:
        """Returns once the record is safe there. SpoolUnavailable."""


class FeedbackStore(Protocol):
    def put(self, feedback: Feedback, client: str) -> Mapping[str, object] | None:
        """Puts feedback onto the client's record, unless a later one is there; what then stands on it.

        None: the client has no such record. Raises LedgerUnavailable.
        """
