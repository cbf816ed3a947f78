"""Arithmetic in tokens, computed as exact fractions: + - * / ^, brackets, percent, `of`, units after a number."""

import dataclasses
from collections.abc import Callable, Sequence
from fractions import Fraction

#: Digits of a number, and powers, that are still computed.
_MAX_DIGITS = 24
_MAX_POWER = 40
_MAX_BITS = 4_000
#: Words that a unit may have: "20 boxes of large red apples".
_MAX_UNIT = 5
_TIMES = {"x", "X"}
#: Units that stand for each other, so that numbers alone do not tell whether two sides are equal.
_MEASURES: dict[str, str] = {
    word: measure
    for measure, words in {
        "time": "second minute hour day week month quarter year decade century sec min hr",
        "length": "inch foot feet yard mile mm cm m km meter metre centimeter kilometer",
        "weight": "ounce pound lb oz gram g kg kilogram ton",
        "volume": "cup pint quart gallon liter litre ml l",
        "money": "cent dollar dime nickel penny quarter euro",
        "number": "dozen pair hundred thousand million billion trillion k",
    }.items()
    for word in words.split()
}


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """`kind`: number, word, sign, equals, end (anything else). `spaced`: white space, or nothing, is before it."""

    kind: str
    text: str
    spaced: bool


class Unread(Exception):
    """The tokens are no expression that is read here."""


@dataclasses.dataclass(slots=True)
class Reader:
    """Reads one expression from the first token on, by recursive descent within bounds. Unread: there is none."""

    tokens: Sequence[Token]
    percent_is_part: bool
    at: int = 0
    operators: int = 0
    numbers: int = 0
    decimals: int = 0
    loose: bool = False
    percent: bool = False
    depth: int = 0
    first: Fraction | None = None
    measures: set[str] = dataclasses.field(default_factory=set)

    def sum(self) -> Fraction:
        value = self.product()
        while self._sign() in ("+", "-"):
            sign = self._take()
            other = self.product()
            value = _bounded(value + other if sign == "+" else value - other)
        return value

    def product(self) -> Fraction:
        value = self.power()
        while True:
            sign = self._sign()
            if sign not in ("*", "/"):
                return value
            self._take()
            other = self.power()
            if sign == "/":
                self.loose = True
                if other == 0:
                    raise Unread
            value = _bounded(value * other if sign == "*" else value / other)

    def power(self) -> Fraction:
        value = self.operand()
        if self._sign() != "^":
            return value
        self._take()
        exponent = self.operand()
        if exponent.denominator != 1 or abs(exponent) > _MAX_POWER or (value == 0 and exponent < 0):
            raise Unread
        if _bits(value) * abs(exponent) > _MAX_BITS:
            raise Unread
        return value ** int(exponent)

    def operand(self) -> Fraction:
        if self.at >= len(self.tokens):
            raise Unread
        token = self.tokens[self.at]
        self.at += 1
        if token.text in ("-", "+") and token.kind == "sign":
            self.depth += 1
            value = self._within(self.operand)
            return -value if token.text == "-" else value
        if token.text == "(" and token.kind == "sign":
            value = self._within(self.sum)
            if self._sign() != ")":
                raise Unread
            self.at += 1
        elif token.kind == "number":
            value = self._with_unit(self._number(token))
            if self.numbers == 1 and not self.depth:
                self.first = value
            return value
        else:
            raise Unread
        return self._with_unit(value)

    def _within(self, read: "Callable[[], Fraction]") -> Fraction:
        self.depth += 1
        if self.depth > 30:
            raise Unread
        value = read()
        self.depth -= 1
        return value

    def _number(self, token: Token) -> Fraction:
        digits = token.text.replace(",", "")
        if len(digits) > _MAX_DIGITS:
            raise Unread
        self.numbers += 1
        self.decimals = len(digits.partition(".")[2])
        self.loose = self.loose or "." in digits
        return Fraction(digits if not digits.startswith(".") else "0" + digits)

    def _with_unit(self, value: Fraction) -> Fraction:
        """Takes a percent sign and the words of a unit; "of" and "x" before a number stay, as signs."""
        if self._sign() == "%":
            self.at += 1
            self.percent = self.loose = True
            value = value / 100 if self.percent_is_part else value
        taken = 0
        while taken < _MAX_UNIT and self.at < len(self.tokens):
            token = self.tokens[self.at]
            per = token.kind == "sign" and token.text == "/" and self._kind(1) == "word"
            if not per and (token.kind != "word" or self._is_times(token)):
                break
            if len(token.text) == 1 and not per and token.text not in "ag":
                raise Unread  # 2S, 5 n: an unknown
            if not per and taken == 0 and (unit := _measure(token.text)) is not None:
                self.measures.add(unit)
            self.at += 2 if per else 1
            taken += 1
        return value

    def _is_times(self, token: Token) -> bool:
        if token.text == "of" and self._kind(-1) != "number" and self._text(-1) not in ("%", ")"):
            return False
        return token.text in _TIMES | {"of"} and (self._kind(1) == "number" or self._text(1) == "(")

    def _sign(self) -> str:
        """The sign that comes next; "x" and "of" before a number are a `*`."""
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        if token.kind == "word":
            return "*" if self._is_times(token) else ""
        return token.text if token.kind == "sign" else ""

    def _take(self) -> str:
        sign = self._sign()
        self.at += 1
        self.operators += 1
        while self.at < len(self.tokens) and self.tokens[self.at].text == "by":
            self.at += 1
        return sign

    def _kind(self, ahead: int) -> str:
        at = self.at + ahead
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def _text(self, ahead: int) -> str:
        at = self.at + ahead
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""


def _measure(word: str) -> str | None:
    """The unit that a word is, in the singular, where other units stand for the same thing."""
    word = word.lower()
    return word if word in _MEASURES else singular if (singular := word.removesuffix("s")) in _MEASURES else None


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > _MAX_BITS:
        raise Unread
    return value
