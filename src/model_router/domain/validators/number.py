"""`number`: the answer is a number or has one clear result, optionally within limits."""

import dataclasses
import re
from decimal import Decimal
from itertools import islice
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from model_router.domain.validators.base import (
    InvalidValidator,
    Spec,
    Validator,
    Verdict,
    excerpt,
    failed,
    passed,
)
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.numerals import CURRENCY, Numeral, numerals

#: Only this many characters at the end of the answer are searched for a result.
_TAIL = 4_000
#: A calculator's note, as in `6 * 7 = <<6*7=42>>42`.
_NOTE = re.compile(r"<<[^<>\n]*>>")
_AROUND = " \t\r\n*_`~\"'“”‘’()[]{}$\\" + CURRENCY
_AFTER = _AROUND + ".,;:!%‰°"


def _exact(value: object) -> object:
    """A JSON number as a Decimal with the same digits. Pydantic refuses other values."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


Bound = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False)]


class NumberSpec(Spec):
    """`min` and `max` are optional inclusive limits. With `integer`, the number must be whole. With `alone`, the answer
    must be the number and nothing else.

    The result is the number on a last line `#### 42` or in the last `\\boxed{42}`; otherwise the only number in the
    answer; otherwise, on the last line, the number at its end, the only one after its last `=`, or its only one. An
    answer with several numbers and none of these forms fails (`many_numbers`). Accepted forms: `1234`, `-1,234.50`,
    `$5`, `45%` (as 45), `6e3`. Ambiguous forms such as `1,5` and `3 million` fail (`unclear_number`).
    """

    NAME: ClassVar[str] = "number"
    type: Literal["number"]
    min: Bound | None = None
    max: Bound | None = None
    alone: bool = False
    integer: bool = False

    def build(self) -> Validator:
        if self.min is not None and self.max is not None and self.min > self.max:
            raise InvalidValidator(f"is {_short(self.min)}, above max ({_short(self.max)})", "min")
        return Number(self.min, self.max, self.alone, self.integer)


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    min: Decimal | None
    max: Decimal | None
    alone: bool
    integer: bool = False
    type: str = NumberSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        text = answer.strip()
        result = _only(text) if self.alone else _result(text, budget)
        if isinstance(result, str):
            problem = {
                "no_number": "has no number",
                "many_numbers": "has several numbers, and none is marked as the result",
                "not_alone": "has more than a number",
            }[result]
            return failed(self.type, result, f"The answer {excerpt(text)} {problem}.")
        value = result.value
        if value is None:
            return failed(self.type, "unclear_number", "The number in the answer can be read in more than one way.")
        if self.integer and value != value.to_integral_value():
            return failed(self.type, "not_whole", f"The number is {_short(value)}; it must be whole.")
        if self.min is not None and value < self.min:
            message = f"The number is {_short(value)}; it must be at least {_short(self.min)}."
            return failed(self.type, "too_small", message)
        if self.max is not None and value > self.max:
            return failed(
                self.type, "too_large", f"The number is {_short(value)}; it must be at most {_short(self.max)}."
            )
        return passed(self.type)


def _only(text: str) -> Numeral | str:
    """The number in a text that has nothing else but emphasis, currency, a percent sign or a full stop."""
    numbers = list(islice(numerals(text[:_TAIL]), 2))
    if not numbers:
        return "no_number"
    number = numbers[0]
    rest = text[: number.start].strip(_AROUND) + text[number.end :].strip(_AFTER)
    return "not_alone" if rest else number


def _result(text: str, budget: Budget) -> Numeral | str:
    """The number that the answer gives as its result, or the code of the failure."""
    tail = text[-_TAIL:]
    last_line = _NOTE.sub("", tail.rstrip(_AFTER).rpartition("\n")[2])
    boxed = tail.rfind("\\boxed{")
    if last_line.lstrip().startswith("####"):
        marked = list(islice(numerals(last_line.lstrip().lstrip("#")), 2))
        return marked[0] if len(marked) == 1 else "many_numbers" if marked else "no_number"
    if boxed >= 0:
        inside = list(islice(numerals(tail[boxed + 7 :].partition("}")[0]), 2))
        if len(inside) == 1:
            return inside[0]
    everywhere = list(islice(numerals(text, budget), 2))
    if len(everywhere) < 2:
        return everywhere[0] if everywhere else "no_number"
    return _of_line(last_line) or "many_numbers"


def _of_line(line: str) -> Numeral | None:
    numbers = list(numerals(line))
    if not numbers:
        return None
    if numbers[-1].end == len(line.rstrip(_AFTER)) or len(numbers) == 1:
        return numbers[-1]
    equals = line.rfind("=")
    after = [number for number in numbers if number.start > equals]
    return after[0] if equals >= 0 and len(after) == 1 else None


def _short(value: Decimal) -> str:
    return excerpt(format(value, "g"), 40).strip('"')
