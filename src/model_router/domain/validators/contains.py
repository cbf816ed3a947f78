"""`contains` and `not_contains`: words and phrases that must, or must not, be in the answer."""

import dataclasses
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, failed, listing, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.phrases import occurring
from model_router.domain.validators.text import plain

Values = Annotated[list[Annotated[str, Field(min_length=1, max_length=500)]], Field(min_length=1, max_length=50)]


class _WordsSpec(Spec):
    """`values`: 1 to 50 words or phrases.

    They are compared as whole words ("art" is not in "party") unless `whole_words` is false, and without regard to case
    (unless `case_sensitive`), width (NFKC), and the kind of quotes, dashes and white space. In scripts without spaces
    between words, every place counts as a word's edge.
    """

    values: Values
    case_sensitive: bool = False
    whole_words: bool = True

    def build(self) -> Validator:
        forms = tuple(plain(value, fold=not self.case_sensitive) for value in self.values)
        for index, form in enumerate(forms):
            if not form:
                raise InvalidValidator("is blank; give a word or phrase", f"values[{index}]")
        return Words(self.NAME, tuple(self.values), forms, self.case_sensitive, self.whole_words)


class ContainsSpec(_WordsSpec):
    """The answer must contain all of `values`."""

    NAME: ClassVar[str] = "contains"
    type: Literal["contains"]


class NotContainsSpec(_WordsSpec):
    """The answer must contain none of `values`."""

    NAME: ClassVar[str] = "not_contains"
    type: Literal["not_contains"]


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """The values as given, and their normal forms for comparing."""

    type: str
    values: tuple[str, ...]
    forms: tuple[str, ...]
    case_sensitive: bool
    whole: bool

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        text = plain(answer, fold=not self.case_sensitive, budget=budget)
        if self.whole:
            found = occurring(self.forms, text, budget)
        else:
            found = {form for form in budget.watch(self.forms, 1) if form in text}
        pairs = tuple(zip(self.values, self.forms, strict=True))
        if self.type == ContainsSpec.NAME:
            if missing := tuple(value for value, form in pairs if form not in found):
                return failed(self.type, "missing_value", f"The answer does not contain {listing(missing)}.")
        elif present := tuple(value for value, form in pairs if form in found):
            return failed(self.type, "forbidden_value", f"The answer must not contain {listing(present)}.")
        return passed(self.type)
