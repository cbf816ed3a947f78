"""Sums that stay exact: Decimal's ordinary `+` rounds beyond 28 digits, and a rounded sum depends on its order."""

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
    """The same amount in its one plain form: no trailing zeros, no exponent above zero, no minus zero."""
    if not amount:
        return ZERO
    amount = _EXACT.normalize(amount)
    exponent = amount.as_tuple().exponent
    return _EXACT.quantize(amount, Decimal(1)) if isinstance(exponent, int) and exponent > 0 else amount


def share(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """part / whole to six places; None of nothing."""
    return rounded(_RATES.divide(Decimal(part), Decimal(whole))) if whole else None


def each(total: Decimal | int, number: int) -> Decimal | None:
    """USD for each of `number`, to 10^-12; None of none."""
    if not number:
        return None
    return tidied(_RATES.divide(Decimal(total), number).quantize(_PICO, context=_RATES))


def rounded(value: Decimal) -> Decimal:
    """Six places: what a rate, a share or a number of milliseconds is given with."""
    return tidied(value.quantize(_MILLIONTH, context=_RATES))
