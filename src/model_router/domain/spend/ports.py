"""What the report services need from outside."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from model_router.domain.spend.totals.totals import PARTS, Totals


class SpendUnavailable(Exception):
    """The ledger or the store of reports cannot be read or written."""


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A day's totals, and the mark of the ledger when they were computed."""

    mark: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class Written:
    """File name → address. `changed` says whether any file was new or different."""

    addresses: Mapping[str, str]
    changed: bool


class LedgerDays(Protocol):
    """The ledger, read by day. Raises SpendUnavailable."""

    def mark(self, day: date) -> str:
        """A text that changes when a record of the day is added, settled or given feedback. Transfers no records."""

    def read(self, day: date) -> DayTotals:
        """The totals of all records of the day, with the mark of exactly these records."""


class ReportStore(Protocol):
    """The store of totals and reports. Raises SpendUnavailable."""

    def read_day(self, day: date, parts: Collection[str] = PARTS) -> DayTotals | None:
        """The day's totals with only `parts` filled, or None if there are none that this version can read."""

    def write_day(self, day: date, totals: DayTotals) -> None: ...

    def write_report(self, folder: str, files: Mapping[str, str]) -> Written:
        """Writes files (name → text) under `reports/<folder>/`, unless the same text is there already."""


class Notices(Protocol):
    def send(self, subject: str, text: str) -> None:
        """Sends a notice to all subscribers. Raises SpendUnavailable."""
