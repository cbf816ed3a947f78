"""Fakes of the report services' ports."""

from collections.abc import Callable, Collection, Mapping
from datetime import date

from model_router.domain.spend.ports import DayTotals, SpendUnavailable, Written
from model_router.domain.spend.totals.totals import PARTS, Totals


class FakeLedgerDays:
    """Totals by day, put there; `days_read` are those that were read whole. `meanwhile` ends a reading."""

    def __init__(self) -> None:
        self._days: dict[date, Totals] = {}
        self._changes: dict[date, int] = {}
        self.days_read: list[date] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def put(self, day: date, totals: Totals) -> None:
        self._days[day] = totals
        self._changes[day] = self._changes.get(day, 0) + 1

    def mark(self, day: date) -> str:
        return str(self._changes.get(day, 0))

    def read(self, day: date) -> DayTotals:
        self.days_read.append(day)
        day_totals = DayTotals(self.mark(day), self._days.get(day, Totals()))
        self.meanwhile()
        return day_totals


class FakeReportStore:
    def __init__(self) -> None:
        self.days: dict[date, DayTotals] = {}
        self.files: dict[str, str] = {}

    def read_day(self, day: date, parts: Collection[str] = PARTS) -> DayTotals | None:
        stored = self.days.get(day)
        if stored is None or parts == PARTS:
            return stored
        return DayTotals(stored.mark, Totals.from_json(stored.totals.to_json(), parts))

    def write_day(self, day: date, totals: DayTotals) -> None:
        self.days[day] = totals

    def write_report(self, folder: str, files: Mapping[str, str]) -> Written:
        named = {f"reports/{folder}/{name}": text for name, text in files.items()}
        changed = any(self.files.get(name) != text for name, text in named.items())
        self.files |= named
        return Written({name: f"s3://bucket/reports/{folder}/{name}" for name in files}, changed)


class FakeNotices:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.broken = False

    def send(self, subject: str, text: str) -> None:
        if self.broken:
            raise SpendUnavailable("sending the notice: InternalError")
        self.sent.append((subject, text))
