"""Reads an answer as strict JSON."""

import json
import math
from typing import NoReturn

from model_router.domain.validators.budget import UNLIMITED, Budget

#: Levels of arrays and objects; much deeper values break readers that recurse.
MAX_DEPTH = 200
#: The longest time in seconds that json.loads, which cannot be interrupted, takes per character.
_SECONDS = 1e-7


class NotJson(ValueError):
    """The answer is not acceptable JSON. `code` goes to the ledger, the message to the caller."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def parse(answer: str, *, fence: bool = True, budget: Budget = UNLIMITED) -> object:
    """The answer's JSON value. Raises NotJson if the answer is not exactly one JSON value, and OutOfTime.

    With `fence`, one ``` or ```json fence may surround it. NaN and Infinity, numbers outside the range of a double
    (readers turn them into Infinity), duplicate keys in an object (readers disagree on which one counts) and nesting
    deeper than 200 levels are refused.
    """
    budget.check(len(answer) * _SECONDS)
    text = answer.strip().removeprefix("\ufeff")
    if fence:
        text = _unfenced(text)
    if not text:
        raise NotJson("empty_answer", "The answer is empty; it must be JSON.")
    try:
        value = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_double,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson("not_json", f"The answer is not JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(value, budget)
    return value


def _check_depth(value: object, budget: Budget) -> None:
    """Goes level by level, since Python's reader accepts more levels than MAX_DEPTH."""
    waiting: list[tuple[object, int]] = [(value, 1)]
    for node, depth in budget.watch(waiting):
        if isinstance(node, dict | list):
            if depth > MAX_DEPTH:
                raise _too_deep()
            children = node.values() if isinstance(node, dict) else node
            waiting.extend((child, depth + 1) for child in children if isinstance(child, dict | list))


def _unfenced(text: str) -> str:
    first, newline, rest = text.partition("\n")
    if not (newline and first.startswith("```") and rest.endswith("```")):
        return text
    return rest[:-3].strip() if first[3:].strip().casefold() in {"", "json"} else text


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise NotJson("duplicate_key", "The answer's JSON has the same key twice in one object.")
    return result


def _integer(digits: str) -> int:
    if len(digits) > 310 or not math.isfinite(float(digits)):
        raise _too_large()
    return int(digits)


def _double(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _too_large()
    return number


def _too_large() -> NotJson:
    return NotJson("number_too_large", "The answer's JSON has a number outside the range of a double.")


def _too_deep() -> NotJson:
    return NotJson("too_deep", f"The answer's JSON is nested deeper than {MAX_DEPTH} levels.")


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson("not_json", f"The answer is not JSON: {name} is not a JSON value; use null.")
