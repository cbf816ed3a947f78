"""ISO weeks: `2026-W47` is Monday 2026-11-16 to Sunday 2026-11-22."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from model_router.domain.errors import InvalidRequest

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday."""

    monday: date

    @classmethod
    def parse(cls, text: object) -> Self:
        """Parses `2026-W47`. Raises InvalidRequest."""
        match = _WEEK.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidRequest('week: write it as ISO 8601 does, such as "2026-W47".')
        try:
            return cls(date.fromisocalendar(int(match[1]), int(match[2]), 7) - timedelta(days=6))
        except (ValueError, OverflowError):
            raise InvalidRequest(f"week: {match[0]} does not exist; {match[1]} has 52 or 53 weeks.") from None

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day - timedelta(days=day.weekday()))

    @property
    def days(self) -> list[date]:
        return [self.monday + timedelta(days=number) for number in range(7)]

    @property
    def before(self) -> "Week":
        return Week(self.monday - timedelta(days=7))

    def __str__(self) -> str:
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02d}"
