"""jsonschema's keywords with limits, for schemas from untrusted callers: RE2 patterns, and a bound on the work."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from model_router.domain.validators.budget import Budget
from model_router.domain.validators.re2_patterns import Pattern
from model_router.domain.validators.schema_checks import REFERENCES

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Errors | None]

#: One unit of work is one keyword, about 5 microseconds, and a reference takes as long as several. These amounts of
#: other work count as one unit as well.
_REFERENCE_UNITS = 5
_ITEMS = 4
_MESSAGE_CHARACTERS = 256
_PATTERN_WORK = 2_000
#: Units of work between two checks of the time budget.
_UNITS_PER_LOOK = 1_000


class TooMuchWork(Exception):
    """Checking this answer against this schema takes more work than is allowed."""


@dataclasses.dataclass(slots=True)
class Run:
    """The state of one check: the compiled patterns, the remaining work and the time budget."""

    patterns: dict[str, Pattern]
    left: int
    budget: Budget

    def spend(self, units: int) -> None:
        """Raises TooMuchWork or OutOfTime."""
        before, self.left = self.left, self.left - units
        if self.left < 0:
            raise TooMuchWork
        if before // _UNITS_PER_LOOK != self.left // _UNITS_PER_LOOK:
            self.budget.check()


#: The current check; jsonschema passes no context to its keyword functions.
RUN: ContextVar[Run] = ContextVar("json_schema_run")


@cache
def guarded(base: Any) -> Any:
    """jsonschema's validator class for a draft, with limited keywords. (Any: its stubs have no type for the class.)"""
    replaced: dict[str, Keyword] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
        "uniqueItems": _unique_items,
    }
    keywords = {
        name: partial(_metered, _REFERENCE_UNITS if name in REFERENCES else 1, replaced.get(name, theirs))
        for name, theirs in base.VALIDATORS.items()
    }
    make: Any = extend
    return make(base, keywords)


def _metered(units: int, keyword: Keyword, validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    run = RUN.get()
    run.spend(units + (_width(value) + _width(instance)) // _ITEMS)
    for error in keyword(validator, value, instance, schema) or ():
        run.spend(len(error.message) // _MESSAGE_CHARACTERS)  # the message quotes the whole instance
        yield error


def _width(value: Any) -> int:
    return len(value) if isinstance(value, dict | list) else 0


def _matches(pattern: str, text: str) -> bool:
    run = RUN.get()
    compiled = run.patterns[pattern]
    run.spend(1 + compiled.size * len(text) // _PATTERN_WORK)
    run.budget.check(compiled.seconds(text))
    return compiled.found_in(text)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Errors:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"{instance[:80]!r} does not match {pattern[:80]!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Any], instance: Any, schema: Any) -> Errors:
    if isinstance(instance, dict):
        for pattern, subschema in patterns.items():
            for key, value in instance.items():
                if _matches(pattern, key):
                    yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: dict[str, Any]) -> Errors:
    if not isinstance(instance, dict):
        return
    declared = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    for key, value in instance.items():
        if key in declared or any(_matches(pattern, key) for pattern in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"{key[:80]!r} is not a property that the schema allows")
        else:
            yield from validator.descend(value, allowed, path=key)


def _multiple_of(validator: Any, factor: Any, instance: Any, schema: Any) -> Errors:
    """Computes in decimals: as floats, 19.99 is not a multiple of 0.01."""
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if (_fraction(instance) / _fraction(factor)).denominator != 1:
        yield ValidationError(f"{instance!r} is not a multiple of {factor!r}")


def _fraction(number: float) -> Fraction:
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def _unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    """Takes linear time; jsonschema compares each pair of objects."""
    if wanted and isinstance(instance, list):
        forms = {json.dumps(_canonical(item), sort_keys=True) for item in instance}
        if len(forms) < len(instance):
            yield ValidationError("has the same item twice")


def _canonical(value: Any) -> Any:
    """The value with whole floats as integers, since JSON Schema treats 1 and 1.0 as equal."""
    if isinstance(value, dict):
        return {key: _canonical(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_canonical(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
