"""Writes yesterday's totals every night, and again those of earlier days whose records have changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from model_router.domain.errors import InvalidRequest
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.spend.ports import LedgerDays, ReportStore
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.quality import JUDGED_PARTS, quality_drops

LATE_DAYS = 7
"""How long a day is checked for late settlements, replayed records and feedback."""
_WEEK = 7


@dataclass(slots=True, eq=False)
class DailyTotalsService:
    """Writes `reports/daily/<day>/totals.json` and measures the drop of quality by task."""

    ledger: LedgerDays
    store: ReportStore
    telemetry: Telemetry
    clock: Clock

    def run(self, day: date | None = None, *, has_time: Callable[[], bool] = lambda: True) -> Mapping[str, object]:
        """Writes the totals of `day` only, or of all days that need it. Raises SpendUnavailable, InvalidRequest.

        Once `has_time` is false, days before yesterday are put off to the next night.
        """
        today = self.clock.now().date()
        if day is not None:
            if day >= today:
                raise InvalidRequest(
                    f"day: {day} is not over yet (UTC). The weekly report reads the current day from the ledger."
                )
            self._make(day)
            return {"made": [day.isoformat()], "unchanged": [], "put_off": []}
        yesterday = today - timedelta(days=1)
        self._make(yesterday)
        done: dict[str, list[str]] = {"made": [yesterday.isoformat()], "unchanged": [], "put_off": []}
        for number in range(1, LATE_DAYS + 1):
            earlier = yesterday - timedelta(days=number)
            done[self._refresh(earlier) if has_time() else "put_off"].append(earlier.isoformat())
        drops = self._emit_quality_drops(yesterday)
        return {**done, "quality_drops": drops}

    def _refresh(self, day: date) -> str:
        stored = self.store.read_day(day, ())  # only the mark
        if stored is not None and stored.mark == self.ledger.mark(day):
            return "unchanged"
        self._make(day)
        return "made"

    def _make(self, day: date) -> None:
        """The mark is that of the records that were read, so the next night notices a change made meanwhile."""
        self.store.write_day(day, self.ledger.read(day))

    def _emit_quality_drops(self, last: date) -> dict[str, object]:
        drops = quality_drops(self._week_to(last), self._week_to(last - timedelta(days=_WEEK)))
        for task, points in drops.items():
            self.telemetry.measure("QualityDrop", float(points), ("task", task))
        if drops:
            self.telemetry.measure("QualityDropMax", float(max(drops.values())))
        return dict(drops)

    def _week_to(self, last: date) -> Totals:
        week = Totals()
        for number in range(_WEEK):
            stored = self.store.read_day(last - timedelta(days=number), JUDGED_PARTS)
            if stored is not None:
                week.absorb(stored.totals)
        return week
