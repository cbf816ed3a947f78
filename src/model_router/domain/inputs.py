"""Checks that every entrypoint makes first: names, and the nesting and size of a body.

Request ids are checked by `ids.is_request_id`.
"""

import gc
import math
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from model_router.domain.errors import InvalidRequest

MAX_NAME_CHARS = 200
MAX_MODEL_CHARS = 128
MAX_DEPTH = 200
"""Levels of arrays and objects in a body. Recursive code reaches Python's limit at 1,000 calls."""

MAX_PARTS = 250_000
"""Arrays and objects in a body; each costs several microseconds in all. The API's 100,000 text messages fit."""

# Control characters, line separators and lone surrogates. The last cannot be encoded as UTF-8, so neither DynamoDB
# nor S3 stores them.
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Model names go unchanged into headers, metrics and the ledger: visible ASCII, like all of Anthropic's ids.
_MODEL = re.compile(rf"[!-~]{{1,{MAX_MODEL_CHARS}}}")
_REFUSED = "must not contain control characters or lone surrogates"


def _legible(text: str) -> str:
    if _NOT_IN_NAMES.search(text):
        raise ValueError(_REFUSED)
    return text


Legible = AfterValidator(_legible)
"""Makes a Pydantic string refuse control characters and lone surrogates."""

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS), Legible]


def _model_name(name: str) -> str:
    if not _MODEL.fullmatch(name):
        raise ValueError(f"must be 1 to {MAX_MODEL_CHARS} visible ASCII characters without spaces")
    return name


_MODEL_SCHEMA: dict[str, Any] = {"pattern": f"^{_MODEL.pattern}$"}
ModelName = Annotated[str, AfterValidator(_model_name), Field(json_schema_extra=_MODEL_SCHEMA)]
"""A model name from a caller, or a pattern for such names."""


def checked_name(value: object, field: str) -> str:
    """Checks a name from outside a form, such as a header; the error calls it `field`. Raises InvalidRequest."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise InvalidRequest(f"{field}: must be a string of 1 to {MAX_NAME_CHARS} characters.")
    if _NOT_IN_NAMES.search(value):
        raise InvalidRequest(f"{field}: {_REFUSED}.")
    return value


def nesting_fault(value: Mapping[str, object]) -> Literal["too deep", "too many"] | None:
    """Whether a JSON object has more than MAX_DEPTH levels of arrays and objects, or more than MAX_PARTS of them.

    The object itself counts. `gc.get_referents` lists the values of a whole level five times as fast as a loop over its
    arrays and objects.
    """
    level = _containers(value.values())
    parts = 1
    for _ in range(MAX_DEPTH - 1):
        parts += len(level)
        if parts > MAX_PARTS:
            return "too many"
        if not level:
            return None
        level = _containers(gc.get_referents(*level))
    return "too deep" if level else None


def has_float_beyond_json(value: Mapping[str, object]) -> bool:
    """Whether a JSON object contains infinity or NaN, at any depth."""
    level: list[object] = list(value.values())
    while level:
        if any(type(item) is float and not math.isfinite(item) for item in level):
            return True
        containers = _containers(level)
        level = gc.get_referents(*containers) if containers else []
    return False


#: The exact types that the JSON parser returns. `isinstance` takes three times as long.
_CONTAINERS = frozenset((dict, list))


def _containers(values: Iterable[object]) -> list[object]:
    return [value for value in values if type(value) in _CONTAINERS]
