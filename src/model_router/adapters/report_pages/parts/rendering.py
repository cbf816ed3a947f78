"""From a page's parts to one HTML file, by Jinja with everything escaped. The style sheet goes inside."""

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
    """One of the figures that come first: its name, the figure, and what to make of it, in words."""

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
    """A drawing with its heading, what to see in it, and the table that holds its numbers."""

    title: str
    words: Html | str
    svg: Markup | None
    table_id: str
    legend: Sequence[Legend] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader must not miss; `label` says of what kind, for who sees no colour."""

    label: str
    words: Html | str
    tone: str


@dataclass(frozen=True, slots=True)
class File:
    """A file to be taken over as it is; `pointer` says where the report has it."""

    name: str
    text: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Section:
    """Tables on one subject, and files that go with them."""

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
    #: Above everything, since they change how all of it reads; and below the headline, what to look into.
    banners: Sequence[Notice] = ()
    notices: Sequence[Notice] = ()
    charts: Sequence[Chart] = ()
    footnotes: Sequence[Html | str] = field(default_factory=tuple)


def render(page: Page) -> str:
    """The whole file. The same page gives the same text."""
    return printable(template("page.html.j2").render(page=page, style=_style()))


def printable(text: str) -> str:
    """A text without what hides or reorders its neighbours, or has no encoding: names come from callers."""
    return "\n".join(line if line.isascii() and line.isprintable() else _shown(line) for line in text.split("\n"))


def _shown(line: str) -> str:
    return "".join("\ufffd" if category(letter) in _UNPRINTABLE else letter for letter in line)


def template(name: str) -> Template:
    """One of the package's templates. They escape what they are given, and take no undefined names."""
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
