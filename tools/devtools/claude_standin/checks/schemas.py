"""Whether a JSON schema that a caller sends is one."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from devtools.claude_standin.errors import invalid


def check_schema(schema: Any, where: str) -> None:
    """Refuse what is no schema of draft 2020-12, in the API's words."""
    if not isinstance(schema, Mapping):
        raise invalid(f"{where}: Input should be an object")
    if not _is_schema(json.dumps(schema, sort_keys=True)):
        raise invalid(
            f"{where}: JSON schema is invalid. It must match JSON Schema draft 2020-12 "
            "(https://json-schema.org/draft/2020-12)."
        )


@lru_cache(maxsize=1024)
def _is_schema(written: str) -> bool:
    try:
        Draft202012Validator.check_schema(json.loads(written))
    except SchemaError:
        return False
    return True
