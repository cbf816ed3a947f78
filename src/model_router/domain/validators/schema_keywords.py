"""jsonschema's keywords, made safe for schemas from anyone: patterns by RE2, work counted and bounded."""

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
from model_router.domain.validators.json_text import weight
from model_router.domain.validators.re2_patterns import Pattern

Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Errors | None]

#: Keywords that go through the schemas in their value, and those that go through the parts of the instance.
_OVER_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items", "patternProperties"})
_OVER_PARTS = frozenset(
    {"items", "additionalItems", "contains", "additionalProperties", "propertyNames", "patternProperties"}
    | {"unevaluatedItems", "unevaluatedProperties", "uniqueItems"}
)
#: A part of the work of one keyword: so many instructions × characters of a pattern.
_PATTERN_WORK = 2_000
#: Units of work, of some 5 microseconds each, between two looks at the budget.
_LOOK = 1_000
#: A reference costs as much as several other keywords.
_REFERENCE_WORK = 5


class TooMuchWork(Exception):
    """The schema asks for more work on this instance than is allowed."""


@dataclasses.dataclass(slots=True)
class Run:
    """One check of one instance: compiled patterns, the weight of each part of the instance, and the work
    left.
    """

    patterns: dict[str, Pattern]
    weights: dict[int, int]
    left: int
    budget: Budget

    def spend(self, units: int) -> None:
        """Raises TooMuchWork or OutOfTime."""
        before, self.left = self.left, self.left - units
        if self.left < 0:
            raise TooMuchWork
        if before // _LOOK != self.left // _LOOK:
            self.budget.check()


#: The check that is going on. jsonschema hands its keyword functions nothing of ours.
RUN: ContextVar[Run] = ContextVar("json_schema_run")


@cache
def guarded(base: Any) -> Any:
    """jsonschema's class for a draft, with our keywords in it. (Any: its stubs have no type for one.)"""
    ours: dict[str, Keyword] = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "multipleOf": _multiple_of,
        "uniqueItems": _unique_items,
    }
    keywords = {name: ours.get(name, theirs) for name, theirs in base.VALIDATORS.items()}
    make: Any = extend
    return make(base, {name: partial(_metered, name, keyword) for name, keyword in keywords.items()})


def _metered(name: str, keyword: Keyword, validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    run = RUN.get()
    width = len(value) if isinstance(value, dict | list) else 0
    parts = len(instance) if name in _OVER_PARTS and isinstance(instance, dict | list) else 0
    own = _REFERENCE_WORK if name.endswith(("$ref", "Ref")) else 1
    over = width * 3 if name in _OVER_SCHEMAS else width // 16
    run.spend(own + over + parts + weight(instance, run.weights) // 256)
    yield from keyword(validator, value, instance, schema) or ()


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
    if not isinstance(instance, dict):
        return
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


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Errors:
    """In exact decimals: 19.99 is a multiple of 0.01, which it is not in floats."""
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if (_fraction(instance) / _fraction(step)).denominator != 1:
        yield ValidationError(f"{instance!r} is not a multiple of {step!r}")


def _fraction(number: float) -> Fraction:
    return Fraction(number) if isinstance(number, int) else Fraction(Decimal(repr(number)))


def _unique_items(validator: Any, asked: Any, instance: Any, schema: Any) -> Errors:
    """In linear time; jsonschema compares objects pairwise."""
    if not asked or not isinstance(instance, list):
        return
    forms = {json.dumps(_canonical(item), sort_keys=True) for item in instance}
    if len(forms) < len(instance):
        yield ValidationError("has the same item twice")


def _canonical(value: Any) -> Any:
    """The same value for what JSON Schema holds equal: 1 and 1.0."""
    if isinstance(value, dict):
        return {key: _canonical(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_canonical(child) for child in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
