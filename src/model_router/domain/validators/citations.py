"""`citations`: the answer cites sources, and only allowed ones."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, failed, listing, passed
from model_router.domain.validators.budget import UNLIMITED, Budget

Style = Literal["numbered", "author_year", "url"]
_STYLES: tuple[Style, ...] = ("numbered", "author_year", "url")
#: Characters of an answer and citations that are read.
_MAX_ANSWER = 200_000
_MAX_CITATIONS = 2_000
_WIDEST_RANGE = 100

# Every class is bounded or excludes what follows it, so `re` takes linear time.
_URL = re.compile(r"https?://[^\s<>\"'`\]\[{}|\\^]{1,2000}", re.IGNORECASE)
_NUMBERED = re.compile(r"\[\^?([0-9]{1,4}(?:[ ]?[-–,;][ ]?\^?[0-9]{1,4}){0,20})\](?!\()")
_NAME = r"(?:(?:van|von|de|der|den|di|da|del|la|le|ten|ter) ){0,2}[^\W\d_a-z][\w'’.-]{0,40}"
#: Words before a year that are no author's name.
_NO_NAMES = frozenset(
    {
        *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
        *("december", "spring", "summer", "autumn", "fall", "winter", "in", "since", "until", "by", "around", "circa"),
        *("early", "late", "mid", "before", "after", "from", "year", "fiscal"),
    }
)
_IN_BRACKETS = re.compile(r"\(([^()\n]{3,300})\)")
_AUTHOR_YEAR = re.compile(
    rf"^(?:see |cf\. |e\.g\.,? )?({_NAME})[^0-9;]{{0,120}}?,? ?([12][0-9]{{3}}[a-z]?)(?:,.{{0,40}})?$"
)
_NARRATIVE = re.compile(rf"({_NAME})(?: et al\.?| (?:and|&) {_NAME})? \(([12][0-9]{{3}}[a-z]?)(?:, [^()\n]{{1,40}})?\)")


class CitationsSpec(Spec):
    """`styles` are the forms that count: `numbered` ([1], [2, 3], [4-6], [^1]), `author_year` ((Smith, 2020), Smith et
    al. (2020)) and `url`; by default all. There must be at least `min` (1) different citations. Only the sources in
    `allowed` (`"1"`, `"Smith 2020"`, a URL) may be cited. With `from_source`, URLs must occur in the request's text.
    The content of the sources is not checked.
    """

    NAME: ClassVar[str] = "citations"
    type: Literal["citations"]
    styles: list[Style] = Field(default_factory=lambda: list(_STYLES), min_length=1, max_length=3)
    min: int = Field(default=1, ge=0, le=1000)
    allowed: list[Annotated[str, Field(min_length=1, max_length=2000)]] | None = Field(default=None, max_length=200)
    from_source: bool = False

    def build(self) -> Validator:
        allowed = None
        if self.allowed is not None:
            forms = [_form_of(text) for text in self.allowed]
            for index, form in enumerate(forms):
                if form is None:
                    raise InvalidValidator('is no citation; write "1", "Smith 2020" or a URL', f"allowed[{index}]")
            allowed = frozenset(form for form in forms if form)
        return Citations(frozenset(self.styles), self.min, allowed, self.from_source)


@dataclasses.dataclass(frozen=True, slots=True)
class Citations:
    styles: frozenset[Style]
    min: int
    allowed: frozenset[str] | None
    from_source: bool
    type: str = CitationsSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        cited: dict[str, None] = {}
        for style, form in _citations(answer[:_MAX_ANSWER], budget):
            if style in self.styles:
                cited[form] = None
            if len(cited) >= _MAX_CITATIONS:
                break
        unknown = tuple(form for form in cited if self.allowed is not None and form not in self.allowed)
        if self.from_source:
            in_source = {_url(match.group()) for match in budget.watch(_URL.finditer(source))}
            unknown += tuple(form for form in cited if form.startswith("http") and form not in in_source)
        if unknown:
            message = f"The answer cites {listing(unknown, 5)}, which is not among the allowed sources."
            return failed(self.type, "unknown_source", message)
        if len(cited) < self.min:
            message = f"The answer cites {len(cited)} sources; at least {self.min} are required."
            return failed(self.type, "too_few_citations", message)
        return passed(self.type)


def _citations(text: str, budget: Budget) -> Iterator[tuple[Style, str]]:
    """Every citation in its normal form: a number, "smith 2020", a URL without trailing punctuation."""
    for match in budget.watch(_URL.finditer(text)):
        yield "url", _url(match.group())
    text = _URL.sub(" ", text)
    for inside in budget.watch(dict.fromkeys(match.group(1) for match in _NUMBERED.finditer(text)), 16):
        for form in _numbers(inside):
            yield "numbered", form
    for match in budget.watch(_IN_BRACKETS.finditer(text), 16):
        for part in match.group(1).split(";"):
            author_year = _AUTHOR_YEAR.match(part.strip())
            if author_year and author_year.group(1).casefold() not in _NO_NAMES:
                yield "author_year", _author_year(author_year)
    for match in budget.watch(_NARRATIVE.finditer(text)):
        if match.group(1).casefold() not in _NO_NAMES:
            yield "author_year", _author_year(match)


def _numbers(inside: str) -> Iterator[str]:
    """The numbers in "2, 4-6"."""
    for part in re.split(r"[,;]", inside.replace("^", "")):
        first, _, last = part.replace("–", "-").partition("-")
        low, high = int(first), int(last or first)
        yield from map(str, range(low, min(high, low + _WIDEST_RANGE) + 1) if high >= low else (low, high))


def _url(text: str) -> str:
    """A URL for comparison: without punctuation at the end, last slash and fragment, with a lower-case host."""
    text = text.rstrip(".,;:!?*_…’”")
    if text.endswith(")") and text.count("(") < text.count(")"):
        text = text.rstrip(").,")
    scheme, _, rest = text.partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}{slash}{path}".rstrip("/")


def _author_year(match: re.Match[str]) -> str:
    return f"{match.group(1).strip('.').casefold()} {match.group(2)}"


def _form_of(text: str) -> str | None:
    """The normal form of an allowed citation."""
    text = text.strip().strip("[]()^").strip()
    if text.isascii() and text.isdigit():
        return str(int(text))
    author_year = _AUTHOR_YEAR.match(text)
    if _URL.match(text):
        return _url(text)
    return _author_year(author_year) if author_year else None
