"""Finds the equations that a text states, such as `12*3 = 36` or `$5 x 20 = $100 / 1`, and computes both sides exactly.

Only plain arithmetic is read: numbers and signs on both sides of an equal sign. Anything else (unknowns, units inside a
side, dates, TeX) is skipped rather than guessed at. Why no more is read: docs/decisions/0091.
"""

import ast
import dataclasses
import operator
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice, pairwise

from model_router.domain.validators.budget import UNLIMITED, Budget

#: Longer lines are cut, further equal signs of an answer are ignored, and longer sides are skipped.
_MAX_LINE = 4_000
MAX_EQUATIONS = 400
_MAX_SIDE = 200
_MAX_POWER = 40
_MAX_BITS = 4_000

# All patterns are linear: each repeats one class of characters, within a bound where it is not anchored.
_NOTE = re.compile(r"<<([^<>\n]*)>>")
_COMMENT = re.compile(r"\([^()0-9\n]{0,200}\)")
_BULLET = re.compile(r"^\s*(?:[-*•]\s+|[0-9]{1,2}[.)]\s+|#+\s*)")
_POWER = re.compile(r"(?<=[0-9)])\s?\*\*\s?(?=[0-9(])")
_TIMES = re.compile(r"(?:(?<=[0-9)%])\s*[xX]|(?:(?<=%)|(?<=/[0-9]))\s*of\s)\s*(?=[0-9(])")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_ANY_EQUALS = re.compile(r"[=≈]|\\approx")
_EQUALS = re.compile(r"(?<![<>!=:~])([=≈])(?![=<>~])")
_END = re.compile(rf"[-+*/^()%0-9. ]{{1,{_MAX_SIDE}}}$")
_START = re.compile(rf"[-+*/^()%0-9. ]{{1,{_MAX_SIDE}}}")
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+")
_PERCENT = re.compile(r"([0-9]*\.?[0-9]+)\s?%")
_SCALE = re.compile(r"(?:dozen|hundred|thousand|million|billion|trillion|k)\b", re.IGNORECASE)
#: Words before an expression that change its meaning: "twice 5 + 3".
_CHANGING = re.compile(
    r"\b(?:twice|thrice|half|double|triple|x|than|less|more|(?<!total )(?<!sum )of|by|from|to|remaining)$",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\\d?frac\{([0-9.]{1,20})\}\{([0-9.]{1,20})\}")
_TEX_SIGN = re.compile(r"\\(?:(times|cdot)|(div)|(approx)|[()\[\]$, ]|left|right)(?![a-z])")
_SIGNS = str.maketrans("−–×·⋅∗÷≃≅", "--****/≈≈", "$€£¥₹`")
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One side of an equation.

    `values` are its possible values: 20% is 1/5 or 20. `first` is the number that it begins with. `rounded` says that
    it has decimals, a division or a percent sign. `decimals` counts the decimal places of a single number and is -1
    for a longer expression.
    """

    text: str
    values: tuple[Fraction, ...]
    first: Fraction | None
    has_operator: bool
    rounded: bool
    decimals: int


@dataclasses.dataclass(frozen=True, slots=True)
class Equation:
    """Two sides that the text calls equal (`about` for an ≈ sign)."""

    left: Side
    right: Side
    about: bool

    @property
    def text(self) -> str:
        return f"{self.left.text} {'≈' if self.about else '='} {self.right.text}"


def equations(answer: str, budget: Budget = UNLIMITED) -> Iterator[Equation]:
    """Yields the first 400 equations of an answer, in order. Raises OutOfTime."""
    lines = (line[:_MAX_LINE] for line in budget.watch(answer.splitlines()) if _ANY_EQUALS.search(line))
    pairs = (pair for line in lines for part in _parts(line) for pair in _of_line(part, budget))
    yield from islice(pairs, MAX_EQUATIONS)


def _parts(line: str) -> Iterator[str]:
    """The line's calculator notes (`<<6*7=42>>`), then the line without them, in plain signs."""
    for part in (*_NOTE.findall(line), _NOTE.sub("", line)):
        text = _TEX_SIGN.sub(lambda tex: " */≈"[tex.lastindex or 0], _FRACTION.sub(r"(\1/\2)", part))
        text = _POWER.sub("^", _BULLET.sub("", text.translate(_SIGNS))).replace("**", "")
        yield _TIMES.sub("*", _THOUSANDS.sub("", _COMMENT.sub("", text)))


def _of_line(line: str, budget: Budget) -> Iterator[Equation]:
    """The equations between neighbouring pieces; a piece between two equal signs belongs to both."""
    pieces = _EQUALS.split(line)
    for index, (before, after) in enumerate(budget.watch(pairwise(pieces[::2]), 4)):
        left, right = _left(before), _right(after)
        in_chain = index > 0 and left is not None and left.text == before.strip()
        if left and right and (left.has_operator or (in_chain and right.has_operator)):
            yield Equation(left, right, pieces[2 * index + 1] == "≈")


def _left(piece: str) -> Side | None:
    """The expression that `piece` ends with, unless the text before it may belong to it."""
    match = _END.search(piece[-_MAX_SIDE:])
    if match is None or match.end() - match.start() == _MAX_SIDE:
        return None
    run = match.group().rpartition(". ")[2]
    before = piece[: len(piece) - len(run)].rstrip()
    if before[-1:].isalnum() and (not run.startswith(" ") or _CHANGING.search(before[-12:])):
        return None
    if before and (run.lstrip()[:1] in tuple("-+*/^%)") or before[-1] in "_^{\\/"):
        return None
    return _side(run)


def _right(piece: str) -> Side | None:
    """The expression that `piece` begins with, unless the text after it may belong to it."""
    match = _START.match(piece)
    if match is None or match.end() == _MAX_SIDE:
        return None
    after = piece[match.end() :]
    run = match.group()
    if after and not (after[0].isalpha() or after[0] in ",;:!?]}\"'”…|"):
        return None
    if after[:1].isalpha() and (run[-1].isalnum() or _SCALE.match(after)):
        return None
    return _side(run.partition(". ")[0].rstrip(" .("))


def _side(text: str) -> Side | None:
    text = text.strip()
    numbers = _NUMBER.findall(text)
    if not numbers or max(map(len, numbers)) > 18:  # Python reads decimals as floats
        return None
    try:
        tree = ast.parse(_PERCENT.sub(r"(\1/100)", text).replace("^", "**"), mode="eval").body
        values = [_value(tree)]
        if "%" in text:
            values.append(_value(ast.parse(text.replace("%", "").replace("^", "**"), mode="eval").body))
    except (SyntaxError, ZeroDivisionError, _Unread):
        return None
    lone = text == numbers[0]
    first = Fraction(numbers[0]) if text.startswith(numbers[0]) else None
    decimals = len(numbers[0].partition(".")[2]) if lone else -1
    has_operator = any(isinstance(node, ast.BinOp) for node in ast.walk(tree)) and not _PERCENT.fullmatch(text)
    return Side(text, tuple(values), first, has_operator, any(sign in text for sign in "./%"), decimals)


class _Unread(Exception):
    """The expression is not plain arithmetic, or its numbers are too large."""


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Fraction(repr(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if not isinstance(node, ast.BinOp):
        raise _Unread
    left, right = _value(node.left), _value(node.right)
    bits = left.numerator.bit_length() + left.denominator.bit_length()
    if isinstance(node.op, ast.Pow):
        if right.denominator != 1 or abs(right) > _MAX_POWER or bits * abs(right) > _MAX_BITS:
            raise _Unread
        return left ** int(right)
    if type(node.op) not in _OPERATORS or bits > _MAX_BITS:
        raise _Unread
    return _OPERATORS[type(node.op)](left, right)
