"""Where in a run of tokens an expression stands, and what it comes to."""

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

from model_router.domain.validators.expression_reader import Reader, Token, Unread

#: A word before an expression that changes what it stands for.
_CHANGING = {
    "twice",
    "thrice",
    "half",
    "double",
    "triple",
    "than",
    "less",
    "more",
    "of",
    "by",
    "from",
    "to",
    "remaining",
}
#: What "of" may follow all the same: "a total of 5 + 3 = 8".
_SUMS = {"total", "sum", "cost", "price"}


@dataclasses.dataclass(frozen=True, slots=True)
class Expression:
    """What an expression comes to: its percentages as parts of 100, and (`plain`) as bare numbers.

    `decimals`: the decimal places of a lone number, -1 of anything else. `loose`: it holds decimals or a division.
    """

    value: Fraction
    plain: Fraction
    operators: int
    decimals: int
    loose: bool
    percent: bool
    #: The first operand, where it is a bare number: `a + b = c / d` often means that the sum, c, is then divided.
    first: Fraction | None
    #: The units in it that stand for others: hour, foot, cent, dozen.
    measures: frozenset[str]
    text: str


def whole(tokens: Sequence[Token]) -> Expression | None:
    """The expression that all of the tokens are."""
    made = _read(tokens)
    return made[0] if made and made[1] == len(tokens) else None


def suffix(tokens: Sequence[Token]) -> Expression | None:
    """The longest expression that the tokens end with, where nothing before it may belong to it."""
    for start, token in enumerate(tokens):
        if not (token.kind == "number" or token.text in ("(", "-")):
            continue
        if start and not _may_precede(tokens[start - 1], tokens[start - 2].text if start > 1 else "", token):
            continue
        found = whole(tokens[start:])
        if found is not None:
            return found
    return None


def prefix(tokens: Sequence[Token]) -> Expression | None:
    """The expression that the tokens begin with, where nothing after it may belong to it."""
    made = _read(tokens)
    if made is None:
        return None
    expression, end = made
    after = tokens[end] if end < len(tokens) else None
    if after is None or after.kind in ("word", "other") or after.text == ")":
        return expression
    if after.kind == "number" and tokens[end - 1].kind == "word" and tokens[end - 1].text != "of":
        return expression  # "= 6 boxes at 2 each"
    return expression if after.kind == "end" and after.text in ".,;!?]}\"'”…|" else None


def _may_precede(before: Token, earlier: str, token: Token) -> bool:
    if before.kind == "word":
        of_sum = before.text == "of" and earlier.lower() in _SUMS
        return token.spaced and (of_sum or before.text.lower() not in _CHANGING)
    return before.kind in ("end", "other") and before.text not in "_^{\\/"


def _read(tokens: Sequence[Token]) -> tuple[Expression, int] | None:
    """The longest expression from the first token on, and the place behind it."""
    try:
        reader = Reader(tokens, percent_is_part=True)
        value = reader.sum()
        plain = Reader(tokens, percent_is_part=False).sum() if reader.percent else value
    except Unread:
        return None
    lone = reader.numbers == 1 and reader.operators == 0
    text = " ".join(token.text for token in tokens[: reader.at])
    decimals = reader.decimals if lone else -1
    made = Expression(
        value,
        plain,
        reader.operators,
        decimals,
        reader.loose,
        reader.percent,
        reader.first,
        frozenset(reader.measures),
        text,
    )
    return made, reader.at
