"""The input of a tool call, from the JSON that Claude streamed of it."""

import json
from collections.abc import Sequence
from typing import Any

from model_router.domain.json_codec import Written


def tool_input(pieces: Sequence[str]) -> Any:
    """The JSON value that `pieces` spell; of an input that was cut or is not JSON, what the SDK makes of it.

    `max_tokens` may cut an input anywhere, and a model may write what is not JSON. Anthropic's SDK parses each piece
    as it comes and so ends with the last prefix that was the beginning of some JSON; here that prefix is searched for.
    Where there is none, the input is an empty object.
    """
    text = "".join(pieces)
    try:
        return json.loads(text, parse_float=Written, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError):
        return _longest_beginning(pieces)


def _longest_beginning(pieces: Sequence[str]) -> Any:
    """A prefix of a beginning is a beginning too, so the longest one is found by halving."""
    found: Any = {}
    readable, unreadable = 0, len(pieces) + 1
    while unreadable - readable > 1:
        middle = (readable + unreadable) // 2
        try:
            found = _parsed("".join(pieces[:middle]))
            readable = middle
        except (ValueError, ArithmeticError):
            unreadable = middle
    return found


def _parsed(text: str) -> Any:
    from jiter import from_json  # noqa: PLC0415 - needed for a broken input only

    # Numbers as Decimal: an infinite float could not be written as JSON again.
    return from_json(text.encode(errors="replace"), partial_mode=True, allow_inf_nan=False, float_mode="decimal")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
