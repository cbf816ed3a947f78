"""Calendar months, UTC: `2026-10`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from model_router.domain.errors import InvalidRequest

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
