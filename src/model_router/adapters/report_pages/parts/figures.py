"""Figures of a report and the text around them.

Each figure carries its place in the JSON, so that a test can compare page and JSON.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from markupsafe import Markup

from model_router.adapters.report_pages.parts.formats import Kind, exact, number, shown

_MAIN_TIERS = ("haiku", "sonnet", "opus")
ZERO = Decimal(0)


class Html(Protocol):
    """HTML that is escaped already, which Jinja inserts unchanged."""

    def __html__(self) -> str: ...


@dataclass(frozen=True, slots=True)
class FigureText:
    """A number or name as text. Its exact value and JSON Pointer (RFC 6901) become attributes."""

    value: object
    kind: Kind
    pointer: str

    @property
    def text(self) -> str:
        return shown(self.value, self.kind)

    def __html__(self) -> str:
        tie = Markup('<span data-path="{}" data-value="{}">{}</span>')
        return tie.format(self.pointer, "" if self.value is None else exact(self.value), self.text)


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell. `tone` is a class that repeats what the text says; `numeric` aligns to the right."""

    content: Html | str
    numeric: bool = True
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption. The first cell of a row names the row."""

    id: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: Html | str = ""
    empty: str = "Nothing to show for this period."
    narrow: bool = False


class Source:
    """A report's JSON, read by JSON Pointer. A missing value is None, so that a page can be made of an older report."""

    def __init__(self, report: Mapping[str, Any], at: str = "") -> None:
        self._report = report
        self.pointer = at

    def __call__(self, path: str, kind: Kind = "count") -> FigureText:
        """The figure at `path`, relative to this place."""
        pointer = self._join(path)
        return FigureText(_resolve(self._report, pointer), kind, pointer)

    def value(self, path: str = "") -> Any:
        return _resolve(self._report, self._join(path))

    def decimal(self, path: str = "") -> Decimal | None:
        return number(self.value(path))

    def text(self, path: str = "") -> str:
        return str(self.value(path) or "")

    def inside(self, path: str) -> "Source":
        return Source(self._report, self._join(path))

    def each(self, path: str = "") -> Iterator["Source"]:
        """The members of the list (or object) at `path`, in their order."""
        members = self.value(path)
        names = members if isinstance(members, Mapping) else range(len(members or ()))
        for name in names:
            yield Source(self._report, f"{self._join(path)}/{escaped(str(name))}")

    @property
    def name(self) -> str:
        """The last step of the pointer."""
        return _unescaped(self.pointer.rpartition("/")[2])

    def _join(self, path: str) -> str:
        return f"{self.pointer}/{path}" if path else self.pointer


def words(template: str, *parts: object) -> Markup:
    """A sentence with each `{}` replaced by a part, escaped."""
    return Markup(template).format(*parts)  # noqa: S704 - the templates are this package's own


def _resolve(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        name = _unescaped(step)
        if isinstance(value, Mapping):
            value = value.get(name)
        elif isinstance(value, (list, tuple)) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def escaped(name: str) -> str:
    """A name as a step of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


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
