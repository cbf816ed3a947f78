"""`arithmetic`: recomputes the equations in the answer exactly and fails on the first wrong one."""

import dataclasses
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator, Verdict, excerpt, failed, listing, passed, undecided
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.equations import Equation, equations
from model_router.domain.validators.number import Bound
from model_router.domain.validators.numerals import numerals

#: Only this many characters of the answer and of the source are read, and this many numbers of the source.
_MAX_CHARACTERS = 200_000
_MAX_NUMBERS = 1_000
#: The tolerance of an ≈ is this many times that of an =.
_ABOUT = 10


class ArithmeticSpec(Spec):
    """`tolerance` is the largest relative difference between the sides where an operand may have been rounded (a
    division, decimals or a percentage); the default is 0.001. With `require`, an answer without an equation fails.
    `max_unused` limits how many different numbers of the source may be missing from the answer; by default there is no
    limit.

    Equations are numbers with + - * / ^, brackets, percentages, currency signs and thousands separators, also written
    with ×, ÷, x, TeX, "20% of 50" or `<<48/2=24>>`. A result may be rounded or cut at its last digit. Everything else
    (unknowns, units between the numbers, dates) is skipped.
    """

    NAME: ClassVar[str] = "arithmetic"
    type: Literal["arithmetic"]
    tolerance: Bound = Field(default=Decimal("0.001"), ge=0, le=1)
    require: bool = False
    max_unused: int | None = Field(default=None, ge=0, le=100)

    def build(self) -> Validator:
        return Arithmetic(Fraction(self.tolerance), self.require, self.max_unused)


@dataclasses.dataclass(frozen=True, slots=True)
class Arithmetic:
    tolerance: Fraction
    require: bool
    max_unused: int | None = None
    type: str = ArithmeticSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        answer, count = answer[:_MAX_CHARACTERS], 0
        for equation in equations(answer, budget):
            count += 1
            if not self._is_right(equation):
                return failed(self.type, "wrong_equation", f"{excerpt(equation.text, 120)} is not right.")
        if self.require and not count:
            return failed(self.type, "no_equation", "The answer contains no equation that can be recomputed.")
        unused = _unused(answer, source, budget) if self.max_unused is not None else ()
        if self.max_unused is not None and len(unused) > self.max_unused:
            message = f"The answer does not use {len(unused)} numbers of the source, such as {listing(unused, 5)}."
            return failed(self.type, "unused_numbers", message)
        if count:
            return passed(self.type)
        return undecided(self.type, "The answer contains no equation that can be recomputed.")

    def _is_right(self, equation: Equation) -> bool:
        rights = list(equation.right.values)
        if equation.right.first is not None:  # people write `96 - 6 = 90 / 3 = 30`
            rights.append(equation.right.first)
        return any(self._same(left, right, equation) for left in equation.left.values for right in rights)

    def _same(self, left: Fraction, right: Fraction, equation: Equation) -> bool:
        difference = abs(left - right)
        if difference == 0:
            return True
        rounded = equation.left.rounded or equation.right.rounded
        places = equation.right.decimals
        if rounded and places >= 0 and (places > 0 or left.denominator != 1) and difference < Fraction(1, 10**places):
            return True
        tolerance = self.tolerance * (_ABOUT if equation.about else 1)
        return (rounded or equation.about) and difference <= tolerance * max(abs(left), abs(right))


def _unused(answer: str, source: str, budget: Budget) -> tuple[str, ...]:
    """The source's numbers, as written, whose value is not in the answer. Ambiguous numbers are left out."""
    source = source[:_MAX_CHARACTERS]
    in_answer = {number.value for number in numerals(answer, budget)}
    in_source = {
        number.value: source[number.start : number.end]
        for number in islice(numerals(source, budget), _MAX_NUMBERS)
        if number.value is not None
    }
    return tuple(text for value, text in in_source.items() if value not in in_answer)
