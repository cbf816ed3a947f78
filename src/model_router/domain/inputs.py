"""What every entrypoint checks of its input before anything else: names and how deeply a body is nested.

Request ids are checked by `ids.is_request_id`.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from model_router.domain.errors import InvalidRequest

MAX_NAME_CHARS = 200
MAX_MODEL_CHARS = 128
MAX_DEPTH = 200
"""Levels of arrays and objects in a body. Code that walks one may recurse, and Python ends that at 1,000 calls."""

MAX_PARTS = 250_000
"""Arrays and objects in a body: each takes several microseconds in all. The API's 100,000 messages of text fit."""

# Control characters, line separators and lone surrogates. The last cannot be encoded as UTF-8, so neither DynamoDB
# nor S3 stores them.
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Models go into headers, metrics and the ledger as they came: visible ASCII, as every id of Anthropic's is.
_MODEL = re.compile(rf"[!-~]{{1,{MAX_MODEL_CHARS}}}")
_REFUSED = "must not contain control characters or lone surrogates"


def _legible(text: str) -> str:
    if _NOT_IN_NAMES.search(text):
        raise ValueError(_REFUSED)
    return text


Legible = AfterValidator(_legible)
"""Makes a Pydantic string refuse what no name may contain."""

Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS), Legible]


def _model_name(name: str) -> str:
    if not _MODEL.fullmatch(name):
        raise ValueError(f"must be 1 to {MAX_MODEL_CHARS} visible ASCII characters without spaces")
    return name


_MODEL_SCHEMA: dict[str, Any] = {"pattern": f"^{_MODEL.pattern}$"}
ModelName = Annotated[str, AfterValidator(_model_name), Field(json_schema_extra=_MODEL_SCHEMA)]
"""A model as a caller names it, or a pattern of such names."""


def checked_name(value: object, field: str) -> str:
    """A name that came outside a form, such as a header. `field` is what the error calls it. Raises InvalidRequest."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise InvalidRequest(f"{field}: must be a string of 1 to {MAX_NAME_CHARS} characters.")
    if _NOT_IN_NAMES.search(value):
        raise InvalidRequest(f"{field}: {_REFUSED}.")
    return value


def is_too_deep(value: Mapping[str, object], text: str | None = None) -> bool:
    """Whether a JSON object has more than MAX_DEPTH levels of arrays and objects, itself included.

    `text` is what the object was read from: the walk is left out where it has too few brackets.
    """
    if text is not None and text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node if isinstance(node, list) else node.values())
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def has_too_many_parts(value: Mapping[str, object], text: str | None = None) -> bool:
    """Whether a JSON object has more than MAX_PARTS arrays and objects. `text` is as for `is_too_deep`."""
    if text is not None and text.count("[") + text.count("{") <= MAX_PARTS:
        return False
    waiting: list[Any] = [value]
    parts = 0
    while waiting and parts <= MAX_PARTS:
        node = waiting.pop()
        parts += 1
        children = node if isinstance(node, list) else node.values()
        waiting += [child for child in children if isinstance(child, (dict, list))]
    return parts + len(waiting) > MAX_PARTS
