"""`regex`: the answer matches a pattern."""

import dataclasses
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.re2_patterns import Pattern, compile_pattern


class RegexSpec(Spec):
    """The answer must contain a match of `pattern` (RE2 syntax); with `full`, all of it without outer white space must
    match.

    Case matters unless the pattern begins with `(?i)`; `.` does not match a line's end without `(?s)`; `^` and `$` are
    the ends of the text without `(?m)`.
    """

    NAME: ClassVar[str] = "regex"
    type: Literal["regex"]
    pattern: str = Field(min_length=1)
    full: bool = False

    def build(self) -> Validator:
        return Regex(compile_pattern(self.pattern), self.full)


@dataclasses.dataclass(frozen=True, slots=True)
class Regex:
    pattern: Pattern
    full: bool
    type: str = RegexSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        text = answer.strip() if self.full else answer
        if not self.pattern.affords(text):
            message = f"The answer has {len(text)} characters, too many for a pattern of this size."
            return failed(self.type, "too_much_to_check", message)
        budget.check(self.pattern.seconds(text))
        if self.pattern.found_in(text, full=self.full):
            return passed(self.type)
        how = "match in full" if self.full else "contain a match of"
        message = f"The answer {excerpt(text)} does not {how} the pattern {excerpt(self.pattern.text, 100)}."
        return failed(self.type, "no_match", message)
