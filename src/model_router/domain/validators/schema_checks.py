"""Checks a JSON Schema before it is used: its size and depth, its references and its patterns."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from referencing import Registry, Specification
from referencing.exceptions import Unresolvable

from model_router.domain.validators.base import InvalidValidator, excerpt, join
from model_router.domain.validators.re2_patterns import Pattern, compile_pattern

MAX_SIZE = 100_000
MAX_DEPTH = 64
MAX_PATTERNS = 100

#: What `referencing` raises for a reference that leads nowhere or is no URI or JSON pointer.
_BAD_REFERENCE = (Unresolvable, ValueError, TypeError, LookupError, AttributeError)
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


class SchemaCopy:
    """A copy of a schema in plain JSON values, so that later changes by the caller have no effect.

    `paths` maps the id of each object in the copy to its path, in document order. Raises InvalidValidator if the schema
    is too large or too deep, or holds anything but JSON values.
    """

    def __init__(self, schema: object) -> None:
        self.paths: dict[int, str] = {}
        self._left = MAX_SIZE
        self.schema: Any = self._copy(schema, "schema", 1)

    def _copy(self, node: object, path: str, depth: int) -> object:
        if depth > MAX_DEPTH:
            raise InvalidValidator(f"is nested deeper than {MAX_DEPTH} levels; make it flatter, or use $defs", "schema")
        self._spend(4 + len(node) if isinstance(node, str) else 4)
        if isinstance(node, Mapping):
            copy: dict[str, object] = {}
            self.paths[id(copy)] = path
            for key, child in node.items():
                if not isinstance(key, str):
                    raise InvalidValidator("has a key that is not a string", path)
                self._spend(len(key))
                copy[key] = self._copy(child, step(path, key), depth + 1)
            return copy
        if isinstance(node, list | tuple):
            return [self._copy(child, step(path, index), depth + 1) for index, child in enumerate(node)]
        if node is None or isinstance(node, str | bool):
            return node
        if not isinstance(node, int | float | Decimal):
            raise InvalidValidator("is not a JSON value", path)
        if not (math.isfinite(node) and -(10**308) < node < 10**308):
            raise InvalidValidator("is a number outside the range of a double", path)
        return float(node) if isinstance(node, Decimal) else node

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise InvalidValidator(f"is larger than about {MAX_SIZE} characters; make it smaller", "schema")


def step(path: str, key: str | int) -> str:
    return join(path, f"[{key}]" if isinstance(key, int) else excerpt(key, 40).strip('"'))


def patterns_of(copy: SchemaCopy, specification: Specification[Any]) -> dict[str, Pattern]:
    """The schema's patterns, compiled.

    Raises InvalidValidator for a pattern that RE2 refuses, and for a reference that leaves the schema or does not lead
    to a schema.
    """
    schemas = _subschemas(copy, specification)
    patterns: dict[str, Pattern] = {}
    for identity, path in copy.paths.items():
        if identity not in schemas:
            continue
        node, resolver = schemas[identity]
        if "$schema" in node:
            raise InvalidValidator("is only allowed at the top of a schema; remove it here", step(path, "$schema"))
        for pattern, at in _own_patterns(node, path):
            if pattern not in patterns and len(patterns) == MAX_PATTERNS:
                raise InvalidValidator(f"has more than {MAX_PATTERNS} patterns", "schema")
            patterns[pattern] = patterns.get(pattern) or compile_pattern(pattern, at)
        for keyword in REFERENCES:
            if isinstance(node.get(keyword), str):
                _check_reference(node[keyword], step(path, keyword), resolver, schemas)
    keywords = {keyword for node, _ in schemas.values() for keyword in node}
    if {"unevaluatedProperties", "patternProperties"} <= keywords:
        # jsonschema's unevaluatedProperties matches patterns with `re`, which may backtrack.
        raise InvalidValidator("cannot use both unevaluatedProperties and patternProperties", "schema")
    return patterns


def _subschemas(copy: SchemaCopy, specification: Specification[Any]) -> dict[int, tuple[dict[str, Any], Any]]:
    """Every object that is a schema, by id, with the resolver for its references (`$id` may change their base)."""
    registry: Registry[Any] = Registry()
    waiting = [(copy.schema, registry.resolver_with_root(specification.create_resource(copy.schema)))]
    schemas: dict[int, tuple[dict[str, Any], Any]] = {}
    while waiting:
        node, outer = waiting.pop()
        if isinstance(node, dict):
            try:
                resolver = outer.in_subresource(specification.create_resource(node))
            except _BAD_REFERENCE:
                raise InvalidValidator("is not a URI", step(copy.paths[id(node)], "$id")) from None
            schemas[id(node)] = node, resolver
            waiting.extend((child, resolver) for child in specification.subresources_of(node))
    return schemas


def _own_patterns(node: dict[str, Any], path: str) -> list[tuple[str, str]]:
    by_name = node.get("patternProperties")
    patterns = [(key, step(step(path, "patternProperties"), key)) for key in by_name or ()]
    return [(node["pattern"], step(path, "pattern")), *patterns] if isinstance(node.get("pattern"), str) else patterns


def _check_reference(reference: str, path: str, resolver: Any, schemas: Mapping[int, object]) -> None:
    try:
        target = resolver.lookup(reference).contents
    except _BAD_REFERENCE:
        problem = "is not in the schema, and nothing is fetched; copy it under $defs"
        if reference.startswith("#"):
            problem = "leads nowhere in the schema; define it under $defs"
        raise InvalidValidator(f"{excerpt(reference)} {problem}", path) from None
    if not isinstance(target, bool) and id(target) not in schemas:
        raise InvalidValidator(f"{excerpt(reference)} does not lead to a schema; put it under $defs", path)
