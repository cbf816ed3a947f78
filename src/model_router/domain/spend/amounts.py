"""Exact sums. Decimal's own `+` rounds beyond 28 digits, and a rounded sum depends on the order of its terms."""

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow

ZERO = Decimal(0)
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])
_RATES = Context(prec=34)
_MILLIONTH = Decimal("0.000001")
_PICO = Decimal("1E-12")

plus = _EXACT.add
times = _EXACT.multiply
minus = _EXACT.subtract


def tidied(amount: Decimal) -> Decimal:
    """The amount in its canonical form: no trailing zeros, no exponent above zero, no minus zero."""
    if not amount:
        return ZERO
    amount = _EXACT.normalize(amount)
    exponent = amount.as_tuple().exponent
    return _EXACT.quantize(amount, Decimal(1)) if isinstance(exponent, int) and exponent > 0 else amount


def share(part: Decimal | int, total: Decimal | int) -> Decimal | None:
    """part / total to six places, or None if the total is zero."""
    return rounded(_RATES.divide(Decimal(part), Decimal(total))) if total else None


def each(total: Decimal | int, number: int) -> Decimal | None:
    """total / number in USD to 10^-12, or None if the number is zero."""
    if not number:
        return None
    return tidied(_RATES.divide(Decimal(total), number).quantize(_PICO, context=_RATES))


def rounded(value: Decimal) -> Decimal:
    """To six places, as rates, shares and milliseconds are reported."""
    return tidied(value.quantize(_MILLIONTH, context=_RATES))
