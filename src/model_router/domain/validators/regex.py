"""`regex`: the answer matches a pattern."""

import dataclasses
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.re2_patterns import Pattern, compile_pattern


class RegexSpec(Spec):
    """`pattern`: RE2 syntax, found anywhere in the answer; `full: true`: the whole answer, less outer white
    space.

    Case counts (write `(?i)` first), `.` stops at a line's end (`(?s)`), `^` and `$` are the text's ends
    (`(?m)`).
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
            message = f"The answer has {len(text)} characters, too many to try a pattern of this size on."
            return failed(self.type, "too_much_to_check", message)
        budget.check(self.pattern.seconds(text))
        if self.pattern.found_in(text, full=self.full):
            return passed(self.type)
        how = "match in full" if self.full else "contain a match of"
        message = f"The answer {excerpt(text)} does not {how} the pattern {excerpt(self.pattern.text, 100)}."
        return failed(self.type, "no_match", message)
