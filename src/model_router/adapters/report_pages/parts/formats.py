"""Figures as people read them. Only this module rounds; the page has the exact values as attributes."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from model_router.domain.spend.figures import Unit

Kind = Unit | Literal["money_size", "share_size", "points_size", "count_size"]
"""`…_size` has no sign: the words around it say up or down."""

_MINUS = "\u2212"
_TEN_CENTS = Decimal("0.1")
#: Shown instead of a zero where there is no figure.
NONE = "–"


def number(value: object) -> Decimal | None:
    """`value` as an exact Decimal, or None if it is not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    return value if isinstance(value, Decimal) else Decimal(str(value))


def exact(value: object) -> str:
    """The digits of `value` without exponent or trailing zeros, for `data-value`."""
    figure = number(value)
    if figure is None:
        return str(value)
    text = f"{figure:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def shown(value: object, kind: Kind) -> str:
    """`value` as text, or a dash for None. Shares are fractions of one, money is USD."""
    if kind == "text":
        return NONE if value is None else str(value)
    figure = number(value)
    return NONE if figure is None else _FORMATS[kind](figure)


def money(value: Decimal) -> str:
    """$27,000.00, $0.0042, −$3.10: to the cent, or to three significant digits below ten cents."""
    size = abs(value)
    if size == 0:
        return "$0.00"
    if size >= _TEN_CENTS:
        return f"{_sign(value)}${_rounded(size, 2)}"
    whole, _, digits = _rounded(size, 2 - size.adjusted()).partition(".")
    return f"{_sign(value)}${whole}.{digits.rstrip('0'):0<2}"


def signed_money(value: Decimal) -> str:
    return ("+" if value > 0 else "") + money(value)


def share(value: Decimal) -> str:
    """0.64 is 64.0%. A share that is not zero is never shown as zero."""
    percent = abs(value) * 100
    if 0 < percent < Decimal("0.05"):
        return f"{_sign(value)}<0.1%"
    return f"{_sign(value)}{_rounded(percent, 1 if percent < 1000 else 0)}%"


def signed_share(value: Decimal) -> str:
    return ("+" if value > 0 else "") + share(value)


def points(value: Decimal) -> str:
    """The difference of two shares, in percentage points: +1.2 pts."""
    size = _rounded(abs(value) * 100, 1)
    if size == "0.0":
        return "±0.0 pts"
    return f"{'+' if value > 0 else _MINUS}{size} pts"


def count(value: Decimal) -> str:
    return _sign(value) + (f"{abs(value):,f}" if value == value.to_integral_value() else _rounded(abs(value), 1))


def milliseconds(value: Decimal) -> str:
    """412 ms, 4.7 s."""
    if value < 1000:
        return f"{_rounded(value, 0 if value >= 10 or value == value.to_integral_value() else 1)} ms"
    return f"{_rounded(value / 1000, 1 if value < 100_000 else 0)} s"


def score(value: Decimal) -> str:
    return _sign(value) + _rounded(abs(value), 2)


def signed_milliseconds(value: Decimal) -> str:
    return ("+" if value > 0 else _sign(value)) + milliseconds(abs(value))


def money_tick(value: Decimal) -> str:
    """On an axis: $20, $2.50, $0.005."""
    size = abs(value)
    if size >= 1:
        return _sign(value) + "$" + (f"{size:,.0f}" if size == size.to_integral_value() else _rounded(size, 2))
    whole, _, digits = exact(size).partition(".")
    return f"{_sign(value)}${whole}.{digits:0<2}" if digits else f"{_sign(value)}${whole}"


def share_tick(value: Decimal) -> str:
    return f"{_sign(value)}{exact(abs(value) * 100)}%"


def _rounded(value: Decimal, places: int) -> str:
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,f}"


def _sign(value: Decimal) -> str:
    return _MINUS if value < 0 else ""


_FORMATS: Mapping[str, Callable[[Decimal], str]] = {
    "money": money,
    "signed_money": signed_money,
    "money_size": lambda value: money(abs(value)),
    "share": share,
    "signed_share": signed_share,
    "share_size": lambda value: share(abs(value)),
    "points": points,
    "points_size": lambda value: f"{_rounded(abs(value) * 100, 1)} pts",
    "count": count,
    "count_size": lambda value: count(abs(value)),
    "milliseconds": milliseconds,
    "signed_milliseconds": signed_milliseconds,
    "score": score,
    "price": lambda value: f"{_sign(value)}${exact(abs(value))}",
    "plain": exact,
}
