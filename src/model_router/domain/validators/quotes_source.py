"""`quotes_source`: everything that the answer quotes or extracts occurs in the request's text."""

import dataclasses
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, listing, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.json_text import NotJson, parse
from model_router.domain.validators.numerals import numerals, readings
from model_router.domain.validators.phrases import occurring
from model_router.domain.validators.quotes import extracted, quotations
from model_router.domain.validators.text import plain

_EDGE = " .,;:!?\"'*_`"


class QuotesSourceSpec(Spec):
    """Every quoted or extracted value must occur in the source.

    If the answer is JSON (a ```json fence is allowed), these are all strings and numbers in it, without keys, booleans
    and null; `ignore` lists keys whose values are not from the source, such as `category`. Otherwise they are all
    quotations: "…", “…”, «…», „…“, 「…」 and lines that begin with `>`, split at omissions (`…`, `[...]`). They are
    compared as whole words, without regard to case, width (NFKC), white space, the kind of quotes and dashes, and
    punctuation at the ends. A number occurs if the source has its value in any notation (`1,234.50` for 1234.5); signs
    are ignored. Prose without a quotation fails, unless `require` is false. JSON without values passes, because null
    may be the right answer.
    """

    NAME: ClassVar[str] = "quotes_source"
    type: Literal["quotes_source"]
    require: bool = True
    ignore: list[str] = Field(default_factory=list, max_length=100)

    def build(self) -> Validator:
        return QuotesSource(self.require, frozenset(self.ignore))


@dataclasses.dataclass(frozen=True, slots=True)
class QuotesSource:
    require: bool
    ignore: frozenset[str]
    type: str = QuotesSourceSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        strings, numbers, is_json = self._claims(answer, budget)
        wanted = {form: text for text in budget.watch(strings) if (form := _form(text).strip(_EDGE))}
        if not wanted and not numbers:
            if is_json or not self.require:
                return passed(self.type, "The answer quotes nothing.")
            return failed(
                self.type,
                "nothing_quoted",
                "The answer quotes nothing; it must quote the request's text.",
            )
        missing = _missing(wanted, numbers, source, budget)
        if missing:
            message = f"The answer has {listing(missing, 5)}, which is not in the source."
            return failed(self.type, "not_in_source", message)
        return passed(self.type)

    def _claims(self, answer: str, budget: Budget) -> tuple[list[str], list[Decimal], bool]:
        """(strings, numbers) that the answer took from the source, and whether it is JSON."""
        try:
            value = parse(answer, budget=budget)
        except NotJson:
            return quotations(answer, budget), [], False
        return *extracted(value, self.ignore, budget), True


def _form(text: str, budget: Budget = UNLIMITED) -> str:
    """`text` for comparing, without quotation marks, since quoting a quotation changes or drops them."""
    return " ".join(plain(text, budget=budget).replace('"', "").split())


def _missing(wanted: dict[str, str], numbers: list[Decimal], source: str, budget: Budget) -> tuple[str, ...]:
    present = occurring(wanted, _form(source, budget), budget)
    absent = {form: value for form, value in wanted.items() if form not in present}
    if not absent and not numbers:
        return ()
    known = readings(source, budget)
    strings = [value for form, value in budget.watch(absent.items()) if not _is_known_number(form, known)]
    return (
        *strings,
        *(excerpt(str(number), 40).strip('"') for number in budget.watch(numbers) if abs(number) not in known),
    )


def _is_known_number(form: str, known: set[Decimal]) -> bool:
    """Whether a string is a single number with a known value, such as "$1,234.50" for 1234.5."""
    number = next(numerals(form), None)
    if number is None or number.value is None:
        return False
    alone = not form[: number.start].strip() and form[number.end :].strip() in {"", "%"}
    return alone and abs(number.value) in known
