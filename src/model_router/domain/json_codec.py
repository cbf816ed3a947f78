"""Reads and writes JSON with exact money: a Decimal is written as a number that reads back as the same Decimal."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import NoReturn

import simplejson

from model_router.domain.errors import InvalidRequest
from model_router.domain.inputs import MAX_DEPTH, MAX_PARTS, has_float_beyond_json, nesting_fault

_BYTE_ORDER_MARK = "\ufeff"


def dumps(value: object, *, sort_keys: bool = False) -> str:
    """Compact JSON. Decimals keep every digit; lone surrogates are escaped."""
    text = _dumps(value, ensure_ascii=False, sort_keys=sort_keys)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _dumps(value, ensure_ascii=True, sort_keys=sort_keys)
    return text


def loads_object(
    text: str | bytes, what: str = "The request body", *, exact: bool = False, verbatim: bool = False
) -> dict[str, object]:
    """The JSON object in `text`. Raises InvalidRequest, which says what is wrong and where without quoting the text.

    With `exact`, numbers with a point or an exponent become Decimals with all their digits. With `verbatim`, `dumps`
    also writes them exactly as they were. A byte order mark is skipped.
    """
    if isinstance(text, str):
        text = text.removeprefix(_BYTE_ORDER_MARK)
    parse_float = Written if verbatim else Decimal if exact else _finite
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=parse_float)
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{what} is not UTF-8 (byte {error.start}). Send JSON encoded as UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidRequest(f"{what} is not valid JSON: {error.msg} at {where}.") from None
    except RecursionError:
        raise _nested_too_deeply(what) from None
    except ArithmeticError:  # an exponent beyond the range of Decimal
        raise InvalidRequest(f"{what} has a number that is too large or too small. Send another one.") from None
    except ValueError as error:
        raise InvalidRequest(f"{what} is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidRequest(f"{what} must be a JSON object, not {json_type(value)}.")
    check_depth(value, what)
    return value


def check_depth(value: Mapping[str, object], what: str) -> None:
    """Raises InvalidRequest if a JSON object has too many levels, or too many arrays and objects."""
    match nesting_fault(value):
        case "too many":
            raise InvalidRequest(f"{what} has more than {MAX_PARTS:,} arrays and objects. Send fewer and larger ones.")
        case "too deep":
            raise _nested_too_deeply(what)


def check_finite(value: Mapping[str, object], what: str) -> None:
    """Raises InvalidRequest if an object that another parser read has a float that JSON cannot represent.

    Python's own parser turns `1e400` into infinity and accepts `NaN`. The caller has checked the object's depth.
    """
    if has_float_beyond_json(value):
        raise InvalidRequest(f"{what} has a number that is not finite, such as NaN or 1e400. Send a smaller one.")


def _nested_too_deeply(what: str) -> InvalidRequest:
    return InvalidRequest(f"{what} is nested too deeply: arrays and objects may have {MAX_DEPTH} levels.")


class Written(Decimal):
    """A JSON number that `dumps` writes exactly as it was read, such as `1.50` or `1e400`."""

    __slots__ = ("_text",)
    _text: str

    def __new__(cls, text: str) -> "Written":
        number = super().__new__(cls, text)
        number._text = text
        return number

    def __str__(self) -> str:
        return self._text

    def __reduce__(self) -> tuple[type["Written"], tuple[str]]:
        return Written, (self._text,)


def splice(document: str, extra: Mapping[str, object]) -> str:
    """Appends members to the text of a JSON object, whose own text is not changed."""
    if not extra:
        return document
    head = document.rstrip()[:-1].rstrip()
    comma = "" if head.endswith("{") else ","
    return f"{head}{comma}{dumps(extra)[1:]}"


def json_type(value: object) -> str:
    """The JSON name of a Python value's type, for messages."""
    names: dict[type, str] = {
        type(None): "null",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        Decimal: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    if isinstance(value, Decimal):
        return "a number"
    return names.get(type(value), "another type")


def _dumps(value: object, *, ensure_ascii: bool, sort_keys: bool) -> str:
    return simplejson.dumps(
        value,
        use_decimal=True,
        separators=(",", ":"),
        ensure_ascii=ensure_ascii,
        sort_keys=sort_keys,
        allow_nan=False,
    )


def _finite(text: str) -> float:
    """Raises OverflowError for a number that Python would turn into infinity."""
    number = float(text)
    if math.isinf(number):
        raise OverflowError
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
