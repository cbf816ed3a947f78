"""Patterns of model names, such as `claude-opus-*`. `*` matches any characters; a pattern must match the whole name."""

from collections.abc import Sequence
from typing import Annotated

import re2
from pydantic import AfterValidator

from model_router.domain.inputs import ModelName

MAX_STARS = 4
"""Per pattern. Each star makes the compiled expression larger and matching slower."""


def _few_stars(pattern: str) -> str:
    if pattern.count("*") > MAX_STARS:
        raise ValueError(f"a pattern may contain at most {MAX_STARS} stars")
    return pattern


ModelPattern = Annotated[ModelName, AfterValidator(_few_stars)]


class ModelPatterns:
    """Patterns compiled once into one RE2 expression, which matches in linear time."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._expression = re2.compile("|".join(map(_expression, patterns))) if patterns else None

    def match(self, name: str) -> bool:
        """Whether any pattern matches the whole name. Case matters."""
        return self._expression is not None and self._expression.fullmatch(name) is not None


def _expression(pattern: str) -> str:
    return f"(?:{'.*'.join(map(re2.escape, pattern.split('*')))})"
