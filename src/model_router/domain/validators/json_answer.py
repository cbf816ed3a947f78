"""`json` and `json_schema`: the answer is JSON, and JSON that a JSON Schema accepts.

jsonschema is imported when the first schema is built.
"""

import dataclasses
from typing import Any, ClassVar, Literal

from pydantic import Field

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


class JsonSchemaSpec(Spec):
    """`schema` is a JSON Schema of Draft 2020-12, or of draft 4, 6, 7 or 2019-09 if its `$schema` says so.

    It may have 100,000 characters, 64 levels and 100 patterns. Patterns are RE2's. A `$ref` must stay within the
    schema: nothing is fetched. `format` is an annotation and not checked. One ```json fence around the answer is
    allowed, unless `fence` is false.
    """

    NAME: ClassVar[str] = "json_schema"
    type: Literal["json_schema"]
    definition: dict[str, Any] | bool = Field(alias="schema")
    fence: bool = True

    def build(self) -> Validator:
        from model_router.domain.validators.schema_engine import build  # noqa: PLC0415  jsonschema: 0.1 s to import

        return build(self.definition, fence=self.fence)
