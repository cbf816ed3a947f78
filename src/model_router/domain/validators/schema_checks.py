"""What is asked of a JSON Schema before it is used: its size, its references, its patterns."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from referencing import Registry, Specification
from referencing.exceptions import Unresolvable

from model_router.domain.validators.base import InvalidValidator, excerpt, join
from model_router.domain.validators.re2_patterns import Pattern, compile_pattern

MAX_SIZE = 100_000
MAX_DEPTH = 64
MAX_PATTERNS = 100

#: What looking up a reference raises: not there, or not even a URI or a JSON pointer.
_BAD_REFERENCE = (Unresolvable, ValueError, TypeError, LookupError, AttributeError)

#: Where a schema holds schemas: in one value, in a list, by name.
_ONE = frozenset(
    {"additionalItems", "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"}
    | {"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"}
)
_LISTS = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"})
_REFS = ("$ref", "$dynamicRef", "$recursiveRef")


def copied(schema: object) -> object:
    """The schema as plain JSON values of our own, within the limits of size and depth; Decimals become
    floats.
    """
    return _copy(schema, "schema", 1, [MAX_SIZE])


def _copy(node: object, path: str, depth: int, left: list[int]) -> object:
    if depth > MAX_DEPTH:
        raise InvalidValidator(f"is nested deeper than {MAX_DEPTH} levels; make it flatter, or use $defs", "schema")
    left[0] -= 4 + len(node) if isinstance(node, str) else 4
    if left[0] < 0:
        raise InvalidValidator(f"is larger than about {MAX_SIZE} characters; make it smaller", "schema")
    if isinstance(node, Mapping):
        made = {}
        for key, child in node.items():
            if not isinstance(key, str):
                raise InvalidValidator("has a key that is not a string", path)
            left[0] -= len(key)
            made[key] = _copy(child, step(path, key), depth + 1, left)
        return made
    if isinstance(node, list | tuple):
        return [_copy(child, step(path, index), depth + 1, left) for index, child in enumerate(node)]
    return _scalar(node, path)


def _scalar(node: object, path: str) -> object:
    if node is None or isinstance(node, str | bool):
        return node
    if isinstance(node, int | float | Decimal):
        if math.isfinite(node) and -(10**308) < node < 10**308:
            return float(node) if isinstance(node, Decimal) else node
        raise InvalidValidator("is a number beyond the range of a double", path)
    raise InvalidValidator("is not a JSON value", path)


def step(path: str, key: str | int) -> str:
    return join(path, f"[{key}]" if isinstance(key, int) else excerpt(key, 40).strip('"'))


@dataclasses.dataclass
class Walk:
    """A walk over every schema within a schema. Its `patterns` are those found, compiled."""

    specification: Specification[Any]
    patterns: dict[str, Pattern] = dataclasses.field(default_factory=dict)
    _schemas: set[int] = dataclasses.field(default_factory=set)
    _keywords: set[str] = dataclasses.field(default_factory=set)
    _targets: list[tuple[object, str, str]] = dataclasses.field(default_factory=list)

    def run(self, schema: object) -> None:
        """InvalidValidator for a reference out of the schema or to what is none, and for a pattern that RE2
        refuses.
        """
        registry: Registry[Any] = Registry()
        resolver = registry.resolver_with_root(self.specification.create_resource(schema))
        waiting: list[tuple[object, str, Any]] = [(schema, "schema", resolver)]
        while waiting:
            node, path, outer = waiting.pop()
            if isinstance(node, dict):
                inner = self._entered(outer, node, path)
                self._inspect(node, path)
                self._look_up(node, path, inner)
                waiting.extend((child, at, inner) for child, at in _subschemas(node, path))
        for target, ref, path in self._targets:
            if not isinstance(target, bool) and id(target) not in self._schemas:
                raise InvalidValidator(f"{excerpt(ref)} does not lead to a schema; put it under $defs", path)
        if {"unevaluatedProperties", "patternProperties"} <= self._keywords:
            problem = "has unevaluatedProperties and patternProperties; together they cannot be checked"
            raise InvalidValidator(problem, "schema")

    def _entered(self, resolver: Any, node: dict[str, object], path: str) -> Any:
        """The resolver within a schema, whose `$id` may change what its references are relative to."""
        self._schemas.add(id(node))
        try:
            return resolver.in_subresource(self.specification.create_resource(node))
        except _BAD_REFERENCE:
            raise InvalidValidator("is not a URI", step(path, "$id")) from None

    def _inspect(self, node: dict[str, object], path: str) -> None:
        if "$schema" in node:
            problem = "is only read at the top of a schema; remove it here"
            raise InvalidValidator(problem, step(path, "$schema"))
        self._keywords.update(node.keys() & {"unevaluatedProperties", "patternProperties"})
        pattern = node.get("pattern")
        if isinstance(pattern, str):
            self._add(pattern, step(path, "pattern"))
        named = node.get("patternProperties")
        for key in named if isinstance(named, dict) else ():
            self._add(key, step(step(path, "patternProperties"), key))

    def _add(self, pattern: str, path: str) -> None:
        if pattern in self.patterns:
            return
        if len(self.patterns) == MAX_PATTERNS:
            raise InvalidValidator(f"has more than {MAX_PATTERNS} patterns", "schema")
        self.patterns[pattern] = compile_pattern(pattern, path)

    def _look_up(self, node: dict[str, object], path: str, resolver: Any) -> None:
        for keyword in _REFS:
            ref = node.get(keyword)
            if isinstance(ref, str):
                where = step(path, keyword)
                try:
                    self._targets.append((resolver.lookup(ref).contents, ref, where))
                except _BAD_REFERENCE:
                    raise InvalidValidator(_unresolved(ref), where) from None


def _subschemas(node: dict[str, object], path: str) -> Iterator[tuple[object, str]]:
    for key, value in node.items():
        at = step(path, key)
        if key in _NAMED and isinstance(value, dict):
            yield from ((child, step(at, name)) for name, child in value.items())
        elif key in _LISTS and isinstance(value, list):
            yield from ((child, step(at, index)) for index, child in enumerate(value))
        elif key in _ONE:
            yield value, at


def _unresolved(ref: str) -> str:
    if ref.startswith("#"):
        return f"{excerpt(ref)} leads nowhere in the schema; define it under $defs"
    return f"{excerpt(ref)} is not in the schema, and nothing is fetched; copy it under $defs"
