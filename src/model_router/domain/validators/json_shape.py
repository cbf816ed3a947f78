"""Whether one JSON value has the shape of another: kinds, keys, items."""

from collections.abc import Iterator

from model_router.domain.validators.budget import UNLIMITED, Budget

_Pair = tuple[object, object, str]


def difference(example: object, value: object, *, more_keys: bool, budget: Budget = UNLIMITED) -> str:
    """What is different in the shape of `value`, in words; empty where nothing is.

    Iterative: how deep the values go does not matter. The work is that of walking `value` once.
    Raises OutOfTime.
    """
    rest: list[_Pair] = [(example, value, "")]
    for asked, given, where in budget.watch(_taken(rest)):
        if asked is None or given is None:
            continue
        if _kind(asked) != _kind(given):
            return f"{where or 'the value'} is {_kind(given)} and should be {_kind(asked)}"
        if isinstance(asked, dict) and isinstance(given, dict):
            missing = [key for key in asked if key not in given]
            more = [key for key in given if key not in asked] if not more_keys else []
            if missing or more:
                said = (
                    f"lacks the key {missing[0]!r:.80}"
                    if missing
                    else f"has the key {more[0]!r:.80}, which is not asked"
                )
                return f"{where or 'the value'} {said}"
            rest.extend((asked[key], given[key], _under(where, key)) for key in asked)
        elif isinstance(asked, list) and isinstance(given, list) and asked:
            rest.extend((asked[0], item, f"{where[:120]}[{index}]") for index, item in enumerate(given))
    return ""


def _taken(rest: list[_Pair]) -> Iterator[_Pair]:
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
