"""`contains` and `not_contains`: words and phrases that must, or must not, be in the answer."""

import dataclasses
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import (
    InvalidValidator,
    Spec,
    Validator,
    Verdict,
    failed,
    listing,
    passed,
)
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.phrases import occurring
from model_router.domain.validators.text import plain

Values = Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(min_length=1, max_length=50)]


class _WordsSpec(Spec):
    """`values`: 1 to 50 words or phrases.

    Compared without regard to case (unless `case_sensitive`), width (NFKC), kind of quotes and dashes, and
    kind or amount of white space; whole words ("art" is not in "party") unless `whole_words: false`. In
    scripts without spaces between words every place counts as a word's edge.
    """

    values: Values
    case_sensitive: bool = False
    whole_words: bool = True

    def _forms(self) -> tuple[str, ...]:
        forms = tuple(plain(value, fold=not self.case_sensitive) for value in self.values)
        for index, form in enumerate(forms):
            if not form:
                raise InvalidValidator("is blank; give a word or phrase", f"values[{index}]")
        return forms


class ContainsSpec(_WordsSpec):
    """All of `values` are in the answer."""

    NAME: ClassVar[str] = "contains"
    type: Literal["contains"]

    def build(self) -> Validator:
        return Contains(Words(tuple(self.values), self._forms(), self.case_sensitive, self.whole_words))


class NotContainsSpec(_WordsSpec):
    """None of `values` is in the answer."""

    NAME: ClassVar[str] = "not_contains"
    type: Literal["not_contains"]

    def build(self) -> Validator:
        return NotContains(Words(tuple(self.values), self._forms(), self.case_sensitive, self.whole_words))


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """Words to look for: as given, and in the form that they are compared in."""

    values: tuple[str, ...]
    forms: tuple[str, ...]
    case_sensitive: bool
    whole: bool

    def found_in(self, answer: str, budget: Budget) -> tuple[bool, ...]:
        """For each value, whether it is in the answer. Raises OutOfTime."""
        text = plain(answer, fold=not self.case_sensitive, budget=budget)
        if not self.whole:
            return tuple(form in text for form in budget.watch(self.forms, 1))
        found = occurring(self.forms, text, budget)
        return tuple(form in found for form in self.forms)


@dataclasses.dataclass(frozen=True, slots=True)
class Contains:
    words: Words
    type: str = ContainsSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        found = self.words.found_in(answer, budget)
        missing = tuple(value for value, there in zip(self.words.values, found, strict=True) if not there)
        if missing:
            return failed(self.type, "missing_value", f"The answer must contain {listing(missing)} and does not.")
        return passed(self.type)


@dataclasses.dataclass(frozen=True, slots=True)
class NotContains:
    words: Words
    type: str = NotContainsSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        found = self.words.found_in(answer, budget)
        present = tuple(value for value, there in zip(self.words.values, found, strict=True) if there)
        if present:
            return failed(self.type, "forbidden_value", f"The answer contains {listing(present)}, which it must not.")
        return passed(self.type)
