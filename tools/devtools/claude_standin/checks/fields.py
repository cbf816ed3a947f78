"""Checks of single fields, with the API's wording."""

from collections.abc import Callable, Mapping
from typing import Any

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
