"""Periods of reports, in UTC: ISO weeks (`2026-W47` is 2026-11-16 to 2026-11-22) and months (`2026-10`)."""

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


_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its first day."""

    first: date

    @classmethod
    def parse(cls, text: object) -> Self:
        """From `2026-10`; InvalidRequest says what is wrong."""
        match = _MONTH.fullmatch(text) if isinstance(text, str) else None
        if match is None or match[1] == "0000":
            raise InvalidRequest('month: write it as year and month, such as "2026-10".')
        return cls(date(int(match[1]), int(match[2]), 1))

    @classmethod
    def before(cls, day: date) -> Self:
        """The month before the one of `day`."""
        return cls((day.replace(day=1) - timedelta(days=1)).replace(day=1))

    @property
    def following(self) -> date:
        """The first day after it."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.following - self.first).days)]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"
