"""Exact sums and 95 % intervals, in Decimal so that every machine computes the same digits.

Decimal's own `+` rounds beyond 28 digits, and a rounded sum depends on the order of its terms. Intervals: Wilson (1927)
for a share; Newcombe (1998), method 10, for the difference of two shares; Welch (1947) for the difference of two means,
its quantile of Student's t by the Cornish-Fisher expansion (within 0.001 from 10 degrees of freedom on).
"""

from dataclasses import asdict, dataclass
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, localcontext

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


Z = Decimal("1.959963984540054")
"""The 97.5 % quantile of the normal distribution."""

_CONTEXT = Context(prec=40)


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the bounds of its 95 % interval."""

    value: Decimal
    low: Decimal
    high: Decimal

    def within(self, least: int, most: int | None = None) -> "Interval":
        """The interval cut to possible values: a cost is not below 0, a mean score not above 1."""
        high = self.high if most is None else min(self.high, Decimal(most))
        return Interval(self.value, max(self.low, Decimal(least)), high)

    def to_json(self) -> dict[str, object]:
        """To six places."""
        return {name: rounded(Decimal(figure)) for name, figure in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Rate(Interval):
    """A share of `n` cases, with its interval."""

    n: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Measurements as their number, their sum and the sum of their squares."""

    number: int
    total: Decimal
    squares: Decimal

    @property
    def mean(self) -> Decimal:
        with localcontext(_CONTEXT):
            return self.total / self.number

    @property
    def variance_of_mean(self) -> Decimal:
        """The square of the standard error. Needs two measurements."""
        with localcontext(_CONTEXT):
            spread = self.squares - self.total * self.total / self.number
            return max(spread, Decimal(0)) / (self.number - 1) / self.number


def wilson(passed: int, number: int) -> Interval | None:
    """The share that passed, or None of nothing."""
    if not number:
        return None
    with localcontext(_CONTEXT):
        value = Decimal(passed) / number
        scale = 1 + Z * Z / number
        middle = (value + Z * Z / (2 * number)) / scale
        half = Z / scale * (value * (1 - value) / number + Z * Z / (4 * number * number)).sqrt()
        return Interval(value, max(Decimal(0), middle - half), min(Decimal(1), middle + half))


def rate(passed: int, number: int) -> Rate | None:
    """The share that passed with the number of cases, or None of nothing."""
    interval = wilson(passed, number)
    return Rate(interval.value, interval.low, interval.high, number) if interval else None


def share_difference(one: Interval, other: Interval) -> Interval:
    """one − other, for two shares with their Wilson intervals."""
    with localcontext(_CONTEXT):
        difference = one.value - other.value
        below = ((one.value - one.low) ** 2 + (other.high - other.value) ** 2).sqrt()
        above = ((one.high - one.value) ** 2 + (other.value - other.low) ** 2).sqrt()
        return Interval(difference, difference - below, difference + above)


def mean_interval(sample: Sample) -> Interval | None:
    """The mean, or None with fewer than two measurements."""
    if sample.number < 2:
        return None
    with localcontext(_CONTEXT):
        half = _t(Decimal(sample.number - 1)) * sample.variance_of_mean.sqrt()
        return Interval(sample.mean, sample.mean - half, sample.mean + half)


def mean_difference(one: Sample, other: Sample) -> Interval | None:
    """one − other, or None if either has fewer than two measurements."""
    if min(one.number, other.number) < 2:
        return None
    with localcontext(_CONTEXT):
        variances = one.variance_of_mean, other.variance_of_mean
        variance = variances[0] + variances[1]
        difference = one.mean - other.mean
        if not variance:
            return Interval(difference, difference, difference)
        freedom = variance**2 / (variances[0] ** 2 / (one.number - 1) + variances[1] ** 2 / (other.number - 1))
        half = _t(freedom) * variance.sqrt()
        return Interval(difference, difference - half, difference + half)


def _t(freedom: Decimal) -> Decimal:
    """The 97.5 % quantile of Student's t."""
    cube, fifth, seventh = Z**3, Z**5, Z**7
    first = (cube + Z) / 4
    second = (5 * fifth + 16 * cube + 3 * Z) / 96
    third = (3 * seventh + 19 * fifth + 17 * cube - 15 * Z) / 384
    return Z + first / freedom + second / freedom**2 + third / freedom**3
