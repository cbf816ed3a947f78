"""Text around figures, for all pages: ranges, changes, dates and tiers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from markupsafe import Markup

from model_router.adapters.report_pages.parts.figures import FigureText, Html, Source, words
from model_router.adapters.report_pages.parts.formats import Kind

_MAIN_TIERS = ("haiku", "sonnet", "opus")
ZERO = Decimal(0)

Way = Literal["up", "down", "unchanged"]


def plural(number: object, one: str, many: str = "") -> str:
    return one if number == 1 else many or f"{one}s"


def between(low: FigureText, high: FigureText) -> Html:
    """`$75.00 to $88.00`, or one figure if both read the same."""
    return low if low.text == high.text else words("{} to {}", low, high)


def change(source: Source, kind: Kind, size: Kind, then: str) -> Markup:
    """The previous value of a headline figure and its change. `source` has value, last_week and change."""
    if source.value("last_week") is None:
        return words("There is no figure for {} to compare with.", then)
    before = source("last_week", kind)
    moved = source.decimal("change")
    if moved is None:
        return words("{} it was {}.", then.capitalize(), before)
    by = source("change", size)
    if moved == 0:
        return words("Unchanged from {} of {}.", before, then)
    part = source.decimal("change_share")
    more = words(" ({})", source("change_share", "share_size")) if part is not None else ""
    return words("{} {}{} from {} of {}.", "Up" if moved > 0 else "Down", by, more, before, then)


def day_words(text: str, form: str = "{0:%A} {0.day} {0:%B} {0.year}") -> str:
    """An ISO day as `Monday 16 November 2026`, or the text itself if it is not a date."""
    try:
        return form.format(date.fromisoformat(text))
    except ValueError:
        return text


def period_words(first: str, last: str) -> str:
    """`Monday 16 to Sunday 22 November 2026 (UTC)`."""
    same = first[:7] == last[:7]
    return f"{day_words(first, '{0:%A} {0.day}') if same else day_words(first)} to {day_words(last)} (UTC)"


def month_words(text: str) -> str:
    return day_words(f"{text}-01", "{0:%B} {0.year}") if text.count("-") == 1 else text


def tier_css(tiers: Sequence[str]) -> dict[str, str]:
    """A CSS class for each tier, the same in every report: the usual three first, others by name."""
    others = sorted(set(tiers) - set(_MAIN_TIERS))
    return {name: f"t{place % 5}" for place, name in enumerate((*_MAIN_TIERS, *others))}


def tier_order(tiers: Sequence[str]) -> list[str]:
    known = list(tier_css(tiers))
    return sorted(set(tiers), key=known.index)
