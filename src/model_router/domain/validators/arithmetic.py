"""`arithmetic`: the equations that the answer states are right, each computed again exactly."""

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

#: Characters of an answer that are read.
_MAX_ANSWER = 200_000
#: Numbers of a source that are looked for.
_MAX_NUMBERS = 1_000
#: How much more an ≈ forgives than an = whose sides are rounded.
_ABOUT = 10


class ArithmeticSpec(Spec):
    """`tolerance`: how far two sides may differ, as a share, where an operand may have been rounded (a division or
    decimals): 0.001. `require: true`: an answer that states no equation fails instead of passing unchecked.
    `max_unused`: how many different numbers of the source may be missing from the answer; not looked at by default.

    Read: + - * / ^ and their typographic and TeX forms, "x", "of" after a percentage or fraction, brackets, units,
    currency, thousands separators, percent, mixed numbers, `<<48/2=24>>`, chains. A result may be rounded or cut off
    at its last digit. Not read, hence never wrong: unknowns, dates, unit conversions, sentences between the numbers.
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
        stated = 0
        for equation in equations(answer[:_MAX_ANSWER], budget):
            stated += 1
            if not self._holds(equation):
                return failed(self.type, "wrong_equation", f"{excerpt(equation.text, 120)} is not right.")
        if self.require and not stated:
            return failed(self.type, "no_equation", "The answer states no equation that could be computed again.")
        unused = self._unused(answer, source, budget)
        if self.max_unused is not None and len(unused) > self.max_unused:
            message = f"{len(unused)} numbers of the source are not in the answer, {listing(unused, 5)} among them."
            return failed(self.type, "unused_numbers", message)
        if stated:
            return passed(self.type)
        return undecided(self.type, "The answer states no equation that could be computed again.")

    def _unused(self, answer: str, source: str, budget: Budget) -> tuple[str, ...]:
        """The source's numbers, as written, whose value is nowhere in the answer; not those read in two ways."""
        if self.max_unused is None:
            return ()
        said = {number.value for number in numerals(answer[:_MAX_ANSWER], budget)}
        given = {
            number.value: source[number.start : number.end]
            for number in islice(numerals(source[:_MAX_ANSWER], budget), _MAX_NUMBERS)
            if number.value is not None
        }
        return tuple(text for value, text in given.items() if value not in said)

    def _holds(self, equation: Equation) -> bool:
        left, right = equation.left, equation.right
        lefts = (left.value, left.plain) if left.percent else (left.value,)
        rights = {right.value, right.plain, *((right.first,) if right.first is not None else ())}
        return any(self._same(a, b, equation) for a in lefts for b in rights)

    def _same(self, left: Fraction, right: Fraction, equation: Equation) -> bool:
        apart = abs(left - right)
        if apart == 0:
            return True
        rounded = equation.left.loose or equation.right.loose
        places = equation.right.decimals
        if rounded and places >= 0 and (places > 0 or left.denominator != 1) and apart < Fraction(1, 10**places):
            return True
        share = self.tolerance * (_ABOUT if equation.about else 1)
        return (rounded or equation.about) and apart <= share * max(abs(left), abs(right))
