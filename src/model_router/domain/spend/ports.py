"""What the report services need of the outside world."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from model_router.domain.spend.totals.totals import PARTS, Totals


class SpendUnavailable(Exception):
    """The ledger, or the store of reports, cannot be read or written just now."""


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A day's totals, and the mark of the ledger as it stood when they were made."""

    mark: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Written:
    """Where a report lies: file name → address. `changed`: some file was not there yet, or not so."""

    addresses: Mapping[str, str]
    changed: bool


class LedgerDays(Protocol):
    """The ledger, read by the day. Raises SpendUnavailable."""

    def mark(self, day: date) -> str:
        """Changes when a record of the day is added, settled or given feedback. Costs no transfer of records."""

    def read(self, day: date) -> DayTotals:
        """The totals of all records of the day as they stand now, with the mark of just these records."""


class ReportStore(Protocol):
    """Where totals and reports are kept. Raises SpendUnavailable."""

    def read_day(self, day: date, parts: Collection[str] = PARTS) -> DayTotals | None:
        """None: there is none, or one that this version cannot read. `parts` of the totals alone are filled."""

    def write_day(self, day: date, totals: DayTotals) -> None: ...

    def write_report(self, folder: str, files: Mapping[str, str]) -> Written:
        """Writes files (name → text) under `reports/<folder>/`. What lies there already is not written again."""


class Notices(Protocol):
    def send(self, subject: str, text: str) -> None:
        """Tells whoever subscribed. Raises SpendUnavailable."""
