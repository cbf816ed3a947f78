"""Compares the shapes of two JSON values: kinds, keys, items."""

from collections.abc import Iterator

from model_router.domain.validators.budget import UNLIMITED, Budget

_Pair = tuple[object, object, str]


def difference(example: object, value: object, *, more_keys: bool, budget: Budget = UNLIMITED) -> str:
    """The first difference in the shape of `value` as text, or an empty text.

    Walks `value` once, without recursion. Raises OutOfTime.
    """
    rest: list[_Pair] = [(example, value, "")]
    for wanted, actual, where in budget.watch(_popped(rest)):
        if wanted is None or actual is None:
            continue
        if _kind(wanted) != _kind(actual):
            return f"{where or 'the value'} is {_kind(actual)} and should be {_kind(wanted)}"
        if isinstance(wanted, dict) and isinstance(actual, dict):
            for key in wanted:
                if key not in actual:
                    return f"{where or 'the value'} lacks the key {key!r:.80}"
            for key in () if more_keys else actual:
                if key not in wanted:
                    return f"{where or 'the value'} has the unexpected key {key!r:.80}"
            rest.extend((wanted[key], actual[key], _under(where, key)) for key in wanted)
        elif isinstance(wanted, list) and isinstance(actual, list) and wanted:
            rest.extend((wanted[0], item, f"{where[:120]}[{index}]") for index, item in enumerate(actual))
    return ""


def _popped(rest: list[_Pair]) -> Iterator[_Pair]:
    while rest:
        yield rest.pop()


def _under(where: str, key: str) -> str:
    return f"{where[:120]}.{key[:40]!a:.60}" if where else f"{key[:40]!a:.60}"


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "a string" if isinstance(value, str) else "a number"
