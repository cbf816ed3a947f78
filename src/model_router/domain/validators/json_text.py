"""An answer read as JSON: strictly, without recursion of ours, and with every way of failing named."""

import dataclasses
import json
import math
from typing import NoReturn

from model_router.domain.validators.budget import UNLIMITED, Budget

#: Levels of arrays and objects; a reader that recurses is in trouble not far above.
MAX_DEPTH = 200
#: Seconds that json.loads, which cannot be interrupted, takes at most for one character.
_SECONDS = 1e-7


class NotJson(ValueError):
    """`code` for the ledger; the message says in words what is wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclasses.dataclass(frozen=True, slots=True)
class Parsed:
    """`value` and, by the id of each array and object in it, its weight: nodes and characters, itself
    included.
    """

    value: object
    weights: dict[int, int]


def parse(answer: str, *, fence: bool = True, budget: Budget = UNLIMITED) -> Parsed:
    """The answer's JSON value; NotJson for anything else.

    The whole answer is JSON; with `fence`, one ``` or ```json fence may stand around it. Refused as well: NaN
    and Infinity, numbers beyond a double's range (readers make them Infinity), a key twice in one object
    (readers disagree on which counts), and nesting deeper than 200.
    Raises OutOfTime.
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
    return Parsed(value, weigh(value, budget))


def weigh(value: object, budget: Budget = UNLIMITED) -> dict[int, int]:
    """The weight of each array and object by its id; NotJson where it is too deep."""
    order: list[tuple[object, int]] = [(value, 1)]
    for node, depth in budget.watch(order):
        children = _children(node)
        if children is None:
            continue
        if depth > MAX_DEPTH:
            raise _too_deep()
        order.extend((child, depth + 1) for child in children)
    weights: dict[int, int] = {}
    for node, _ in budget.watch(reversed(order)):
        children = _children(node)
        if children is not None:
            keys = sum(map(len, node)) if isinstance(node, dict) else 0
            weights[id(node)] = 1 + keys + sum(weight(child, weights) for child in children)
    return weights


def weight(value: object, weights: dict[int, int]) -> int:
    return len(value) if isinstance(value, str) else weights.get(id(value), 1)


def _children(node: object) -> list[object] | None:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else None


def _unfenced(text: str) -> str:
    first, newline, rest = text.partition("\n")
    if not (newline and first.startswith("```") and rest.endswith("```")):
        return text
    return rest[:-3].strip() if first[3:].strip().casefold() in {"", "json"} else text


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NotJson("duplicate_key", "The answer's JSON has the same key twice in one object.")
    return made


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
    return NotJson("number_too_large", "The answer's JSON has a number that is beyond the range of a double.")


def _too_deep() -> NotJson:
    return NotJson("too_deep", f"The answer's JSON is nested deeper than {MAX_DEPTH} levels.")


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson("not_json", f"The answer is not JSON: {name} is not a JSON value; use null.")
