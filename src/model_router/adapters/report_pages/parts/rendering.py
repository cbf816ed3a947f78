"""Renders a page to one HTML file with Jinja. Everything is escaped, and the style sheet is inline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unicodedata import category

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from model_router.adapters.report_pages.parts.figures import Html, Table

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
