"""`json`: the answer is JSON."""

import dataclasses
from typing import ClassVar, Literal

from model_router.domain.validators.base import Spec, Validator, Verdict, failed, passed
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.json_text import NotJson, parse


class JsonSpec(Spec):
    """The whole answer must be one JSON value. One ```json fence around it is allowed, unless `fence` is false."""

    NAME: ClassVar[str] = "json"
    type: Literal["json"]
    fence: bool = True

    def build(self) -> Validator:
        return JsonAnswer(self.fence)


@dataclasses.dataclass(frozen=True, slots=True)
class JsonAnswer:
    fence: bool
    type: str = JsonSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        try:
            parse(answer, fence=self.fence, budget=budget)
        except NotJson as error:
            return failed(self.type, error.code, str(error))
        return passed(self.type)
