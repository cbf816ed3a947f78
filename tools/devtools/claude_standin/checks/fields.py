"""Checks of single fields and of JSON schemas, with the API's wording."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from devtools.claude_standin.errors import invalid

Check = Callable[[Any], None]


def _is_int(value: Any) -> bool:
    """As the API has it: 100.0 is a whole number too."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def number(name: str, low: float, high: float) -> Check:
    """A check of a number in a range."""

    def check(value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{name}: Input should be a valid number")
        if value < low:
            raise invalid(f"{name}: Input should be greater than or equal to {low:g}")
        if value > high:
            raise invalid(f"{name}: Input should be less than or equal to {high:g}")

    return check


def whole(name: str, low: int) -> Check:
    """A check of a whole number of at least so much."""

    def check(value: Any) -> None:
        if not _is_int(value):
            raise invalid(f"{name}: Input should be a valid integer")
        if value < low:
            raise invalid(f"{name}: Input should be greater than or equal to {low}")

    return check


def literal(name: str, *values: str) -> Check:
    """A check of one of several texts."""

    wanted = " or ".join([", ".join(f"'{value}'" for value in values[:-1]), f"'{values[-1]}'"])

    def check(value: Any) -> None:
        if value not in values:
            raise invalid(f"{name}: Input should be {wanted if len(values) > 1 else repr(values[0])}")

    return check


def only(value: Any, name: str, known: set[str]) -> None:
    """Refuse what is no object, or has fields other than the known ones."""
    if not isinstance(value, Mapping):
        raise invalid(f"{name}: Input should be an object")
    for key in value:
        if key not in known:
            raise invalid(f"{name}.{key}: Extra inputs are not permitted")


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
