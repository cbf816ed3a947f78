"""`length`: the answer's length in characters."""

import dataclasses
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class LengthSpec(Spec):
    """`min` and `max` are inclusive limits, at least one of them required, for the number of Unicode code points in the
    answer without outer white space.
    """

    NAME: ClassVar[str] = "length"
    type: Literal["length"]
    min: Count | None = None
    max: Count | None = None

    def build(self) -> Validator:
        if self.min is None and self.max is None:
            raise InvalidValidator("must have min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise InvalidValidator(f"is {self.min}, above max ({self.max})", "min")
        return Length(self.min, self.max)


@dataclasses.dataclass(frozen=True, slots=True)
class Length:
    min: int | None
    max: int | None
    type: str = LengthSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        count = len(answer.strip())
        if self.min is not None and count < self.min:
            return failed(
                self.type,
                "too_short",
                f"The answer has {count} characters; it must have at least {self.min}.",
            )
        if self.max is not None and count > self.max:
            return failed(self.type, "too_long", f"The answer has {count} characters; it may have at most {self.max}.")
        return passed(self.type)
