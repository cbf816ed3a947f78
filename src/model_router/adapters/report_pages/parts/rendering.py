"""The parts of a page, tables among them, and the page as one HTML file by Jinja.

Everything is escaped, and the style sheet is inline. Tables are made from the JSON of a report and the models that
declare its figures.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unicodedata import category

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from model_router.adapters.report_pages.parts.figures import Cell, Html, Source, Table, day_words, escaped, words
from model_router.adapters.report_pages.parts.formats import NONE, Kind
from model_router.domain.spend.amounts import Interval, Rate
from model_router.domain.spend.figures import Declared, Figure, declared

#: Unicode's control, format, surrogate, private and line-separating characters.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the first figures: its name, the figure, and a sentence that explains it."""

    label: str
    figure: Html | str
    words: Html | str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    css: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its heading, its caption, and the id of the table with its numbers."""

    title: str
    words: Html | str
    svg: Markup | None
    table_id: str
    legend: Sequence[Legend] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that readers must not miss. `label` gives its kind to readers who see no colour."""

    label: str
    words: Html | str
    tone: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to copy unchanged. `pointer` is its place in the report."""

    name: str
    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Section:
    """Tables on one subject, and files for them."""

    id: str
    title: str
    tables: Sequence[Table] = ()
    words: Sequence[Html | str] = ()
    notices: Sequence[Notice] = ()
    files: Sequence[File] = ()


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    period: str
    lead: Html | str
    headlines: Sequence[Headline]
    sections: Sequence[Section]
    #: Banners come first, since they apply to the whole page; notices follow the headline.
    banners: Sequence[Notice] = ()
    notices: Sequence[Notice] = ()
    charts: Sequence[Chart] = ()
    footnotes: Sequence[Html | str] = field(default_factory=tuple)


def render(page: Page) -> str:
    """The file. Equal pages give equal text."""
    return printable(template("page.html.j2").render(page=page, style=_style()))


def printable(text: str) -> str:
    """The text without characters that hide or reorder others, or have no encoding. Names come from callers."""
    return "\n".join(line if line.isascii() and line.isprintable() else _shown(line) for line in text.split("\n"))


def _shown(line: str) -> str:
    return "".join("\ufffd" if category(letter) in _UNPRINTABLE else letter for letter in line)


def template(name: str) -> Template:
    """A template of this package. It escapes every value and refuses undefined names."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["px"] = _px
    return environment


def _px(length: float) -> str:
    """A length in hundredths of a pixel at most."""
    return f"{length:.2f}".rstrip("0").rstrip(".")


@cache
def _style() -> Markup:
    return Markup((_TEMPLATES / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - our own style sheet


def listing(  # noqa: PLR0913 - each argument is a part of the table
    rows: Iterable[Source],
    columns: Sequence[Declared],
    table_id: str,
    caption: str,
    note: Html | str = "",
    *,
    name: Callable[[str], str] = str,
    empty: str = "Nothing to show for this period.",
    narrow: bool = False,
) -> Table:
    """A column for each figure; `name` gives the text of a name."""
    headings = [one.figure.heading for one in columns]
    cells = [[cell(row, one, name) for one in columns] for row in rows]
    return Table(table_id, caption, headings, cells, note, empty, narrow)


def facts(parts: Sequence[tuple[Source, Any]], table_id: str, caption: str, note: Html | str = "") -> Table:
    """A row for each figure of the models, with two columns: what it is, and how much."""
    figures = [(one.figure.heading, cell(source, one)) for source, model in parts for one in columns_of(model)]
    return facts_table(table_id, caption, figures, note)


def facts_table(
    table_id: str, caption: str, figures: Sequence[tuple[str, Cell | Html | str]], note: Html | str = ""
) -> Table:
    rows = [
        [Cell(heading, numeric=False), content if isinstance(content, Cell) else Cell(content)]
        for heading, content in figures
    ]
    return Table(table_id, caption, ("Measure", "Figure"), rows, note, narrow=True)


def columns_of(model: Any, *, only: Sequence[str] = (), without: Sequence[str] = ()) -> list[Declared]:
    """The figures of a model except those of its lists: those at `only`, or all that are not in a field `without`."""
    figures = {one.path: one for one in declared(model) if "*" not in one.path}
    return [figures[path] for path in only or figures if path.partition("/")[0] not in without]


def money_by_name(path: str, name: str, heading: str) -> Declared:
    """The amount of one name in an object of amounts at `path`."""
    return Declared(f"{path}/{escaped(name)}", Figure(heading, "money"))


def name_cell(text: str) -> Cell:
    return Cell(text or "(none)", numeric=False)


def cell(source: Source, one: Declared, name: Callable[[str], str] = str) -> Cell:
    """The cell of a declared figure of the row at `source`."""
    value, figure = source.value(one.path), one.figure
    match figure.unit:
        case "text":
            return name_cell(name(NONE if value is None else str(value)))
        case "sentence":
            return Cell(str(value or ""), numeric=False, tone="long")
        case "day":
            return name_cell(day_words(str(value or NONE), "{0:%a} {0.day} {0:%b}"))
        case "flag" | "alert":
            tone = "bad" if value and figure.unit == "alert" else ""
            return Cell(figure.words[0 if value else 1], numeric=False, tone=tone)
        case unit if one.type in (Interval | None, Rate | None):
            return interval_cell(source.inside(one.path), unit, with_value=figure.with_value)
        case unit:
            return Cell(source(one.path, unit))


def interval_cell(source: Source, kind: Kind, *, with_value: bool = False) -> Cell:
    """The 95 % interval at `source`, or a dash where there is none."""
    if source.value() is None:
        return Cell(NONE)
    interval = words("{} to {}", source("low", kind), source("high", kind))
    if not with_value:
        return Cell(interval)
    number = words(", n = {}", source("n")) if source.value("n") is not None else ""
    return Cell(words("{} ({}{})", source("value", kind), interval, number))
