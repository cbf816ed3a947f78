"""Parses the input of a tool call from its streamed JSON."""

import json
from collections.abc import Sequence
from typing import Any

from model_router.domain.json_codec import Written


def tool_input(pieces: Sequence[str]) -> Any:
    """The JSON value in `pieces`; for truncated or invalid JSON, the same value as Anthropic's SDK returns.

    The SDK parses every piece as it arrives, and so ends with the longest prefix that can begin a JSON value. This
    function searches for that prefix; if there is none, the input is an empty object.
    """
    text = "".join(pieces)
    try:
        return json.loads(text, parse_float=Written, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError):
        return _longest_beginning(pieces)


def _longest_beginning(pieces: Sequence[str]) -> Any:
    """Bisects: if a prefix can begin a JSON value, so can each shorter one."""
    value: Any = {}
    readable, unreadable = 0, len(pieces) + 1
    while unreadable - readable > 1:
        middle = (readable + unreadable) // 2
        try:
            value = _parsed("".join(pieces[:middle]))
            readable = middle
        except (ValueError, ArithmeticError):
            unreadable = middle
    return value


def _parsed(text: str) -> Any:
    from jiter import from_json  # noqa: PLC0415 - only needed for broken input

    # Numbers are Decimals, because an infinite float cannot be written as JSON.
    return from_json(text.encode(errors="replace"), partial_mode=True, allow_inf_nan=False, float_mode="decimal")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
