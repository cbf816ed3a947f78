"""ISO weeks."""

from datetime import date

import pytest

from model_router.domain.errors import InvalidRequest
from model_router.domain.spend.periods import Week


def test_a_week_is_monday_to_sunday() -> None:
    week = Week.parse("2026-W47")
    assert (week.days[0], week.days[-1], str(week)) == (date(2026, 11, 16), date(2026, 11, 22), "2026-W47")


def test_a_week_belongs_to_the_year_of_its_thursday() -> None:
    assert str(Week.of(date(2027, 1, 1))) == "2026-W53"
    assert str(Week.parse("2027-W01").before) == "2026-W53"


@pytest.mark.parametrize("text", ["2026-47", "2026-W7", "W47", "", None, 47, "2026-W47\n", "２０２６-W47x"])
def test_another_form_is_refused_with_the_right_one(text: object) -> None:
    with pytest.raises(InvalidRequest, match=r'such as "2026-W47"'):
        Week.parse(text)


@pytest.mark.parametrize("text", ["2026-W54", "2025-W53", "2026-W00", "0000-W01", "9999-W52"])
def test_a_week_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="does not exist"):
        Week.parse(text)
