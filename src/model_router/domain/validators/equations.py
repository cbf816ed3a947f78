"""The equations that a text states: `12*3 = 36`, `<<48/2=24>>`, `5 hours × $20 = $100`, chains of them.

What holds an unknown (`3x = 12`), a date, a ratio or anything else that is not plainly arithmetic is no equation here:
it is left alone rather than guessed at.
"""

import dataclasses
import re
from collections.abc import Iterator

from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.expression_reader import Token
from model_router.domain.validators.expressions import Expression, prefix, suffix, whole

#: Lines longer than this, and equal signs beyond this number, are not looked at.
_MAX_LINE = 4_000
MAX_EQUATIONS = 400
#: Tokens of one side; a longer one is left alone.
_MAX_SIDE = 60

# The patterns are our own and linear, so `re` is safe here.
_NOTE = re.compile(r"<<([^<>\n]*)>>")
_COMMENT = re.compile(r"\([^()0-9\n]{0,200}\)")
_BULLET = re.compile(r"^\s*(?:[-*•–]\s+|[0-9]{1,2}[.)]\s+|#+\s*)")
_POWER = re.compile(r"(?<=[0-9)])\s?\*\*\s?(?=[0-9(])")
_FRACTION = re.compile(r"\\d?frac\{([^{}\n]{1,60})\}\{([^{}\n]{1,60})\}")
_TEXT = re.compile(r"\\(?:text|mathrm|textbf|boxed)\{([^{}\n]{0,60})\}")
_MIXED = re.compile(r"(?<![0-9.,/$])([0-9]{1,6})[ -]([0-9]{1,3})/([0-9]{1,3})(?![0-9/])")
_TEX = (
    ("\\times", "*"), ("\\cdot", "*"), ("\\div", "/"), ("\\approx", "≈"), ("\\left", ""), ("\\right", ""),
    ("\\$", "$"), ("\\%", "%"), ("\\(", " "), ("\\)", " "), ("\\[", " "), ("\\]", " "), ("\\,", ""), ("\\ ", " "),
)  # fmt: skip
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "÷": "/", "∗": "*", "≃": "≈", "≅": "≈"})
_TOKEN = re.compile(
    r"(?P<other>[<>!=:~]=|=[<>=]|->|=~)"
    r"|(?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
    r"|(?P<sign>[-+*/^()%])"
    r"|(?P<equals>[=≈])"
    r"|(?P<space>[ \t]+)"
    r"|(?P<money>[$€£¥₹])"
    r"|(?P<end>.)",
    re.DOTALL,
)
_SCALES = {"dozen", "hundred", "thousand", "million", "billion", "trillion", "k"}
_SPELLED = {"plus": "+", "minus": "-", "times": "*", "multiplied": "*", "divided": "/"}


@dataclasses.dataclass(frozen=True, slots=True)
class Equation:
    """Two sides that are said to be equal; `about`: by an ≈. `text` is how it stands in the answer, nearly."""

    left: Expression
    right: Expression
    about: bool
    text: str


def equations(answer: str, budget: Budget = UNLIMITED) -> Iterator[Equation]:
    """The equations of an answer, in order, at most 400. Raises OutOfTime."""
    count = 0
    for line in budget.watch(answer.splitlines()):
        if "=" not in line and "≈" not in line and "\\approx" not in line:
            continue
        for part in _parts(line[:_MAX_LINE]):
            for found in _of_line(part, budget):
                yield found
                count += 1
                if count >= MAX_EQUATIONS:
                    return


def _parts(line: str) -> Iterator[str]:
    """A line in plain signs: its calculator's notes first, each by itself, then the line without them."""
    for note in _NOTE.finditer(line):
        yield note.group(1).translate(_SIGNS)
    line = _NOTE.sub("", line)
    if "\\" in line:
        line = _TEXT.sub(r"\1", _FRACTION.sub(r"((\1)/(\2))", line))
        for tex, plain in _TEX:
            line = line.replace(tex, plain)
    line = _POWER.sub("^", line.translate(_SIGNS)).replace("**", "").replace("`", "")
    line = _COMMENT.sub(" ", _BULLET.sub("", line))
    yield _MIXED.sub(r"(\1+\2/\3)", line)


def _of_line(line: str, budget: Budget) -> Iterator[Equation]:
    """Neighbouring sides of each `=`; a side between two of them serves both."""
    tokens = list(_tokens(line))
    places = [n for n, token in enumerate(tokens) if token.kind == "equals"]
    for index, place in enumerate(budget.watch(places, 4)):
        before = places[index - 1] + 1 if index else 0
        after = places[index + 1] if index + 1 < len(places) else len(tokens)
        if place - before > _MAX_SIDE or after - place > _MAX_SIDE * 2:
            before, after = max(before, place - _MAX_SIDE), min(after, place + _MAX_SIDE)
        said, says = tokens[before:place], tokens[place + 1 : after]
        between = whole(said) if index else None
        left = between or suffix(said)
        right = prefix(says)
        if left is None or right is None or _converts(left, right):
            continue
        if not left.operators and not (between and right.operators):
            continue  # "8 feet = 96 inches", "3 cats = 5 + 1 legs": a conversion, or words that look like an equation
        yield Equation(left, right, tokens[place].text == "≈", f"{left.text} {tokens[place].text} {right.text}")


def _converts(left: Expression, right: Expression) -> bool:
    """Whether units have to be converted to compare the sides: "2 x 1 hour = 120 minutes", "3 dozen + 4 = 40"."""
    return len(left.measures | right.measures) > 1 or bool((left.measures ^ right.measures) & _SCALES)


def _tokens(line: str) -> Iterator[Token]:
    """The line's tokens. A number glued to a letter is a word of its own: `2S`, `1st`, `H2`."""
    glued_to = ""
    for match in _TOKEN.finditer(line):
        kind, text = match.lastgroup or "end", match.group()
        spaced, glued_to = glued_to == "", "" if kind == "space" else text[-1]
        if kind in ("space", "money"):
            glued_to = "" if kind == "money" else glued_to
            continue
        if kind == "word" and text.lower() in _SPELLED:
            yield Token("sign", _SPELLED[text.lower()], spaced)
        else:
            yield Token(kind, text, spaced)
