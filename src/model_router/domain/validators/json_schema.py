"""`json_schema`: the answer is JSON that a JSON Schema accepts. jsonschema itself is loaded with the first
one built.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import Spec, Validator


class JsonSchemaSpec(Spec):
    """`schema`: a JSON Schema, Draft 2020-12 unless its `$schema` names draft 4, 6, 7 or 2019-09.

    At most 100,000 characters, 64 levels and 100 patterns. Patterns are RE2's. A `$ref` leads into the schema
    itself: nothing is ever fetched. `format` is a note, as the draft has it, not a check. The answer may have
    a ```json fence around it, as with `json`, unless `fence: false`.
    """

    NAME: ClassVar[str] = "json_schema"
    type: Literal["json_schema"]
    definition: dict[str, Any] | bool = Field(alias="schema")
    fence: bool = True

    def build(self) -> Validator:
        from model_router.domain.validators.schema_engine import build  # noqa: PLC0415  jsonschema: 0.1 s to import

        return build(self.definition, fence=self.fence)
