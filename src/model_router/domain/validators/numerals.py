"""Reads numbers in text as Decimals."""

import dataclasses
import re
from collections.abc import Iterator
from decimal import Decimal

from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.text import translated

#: Longer numerals are not read.
MAX_NUMERAL = 100

# These patterns take linear time (exclusive classes, no nested repetition), and on a text full of numbers `re` is ten
# times as fast as RE2's Python binding.
_NUMERAL = re.compile(
    r"(?<![0-9A-Za-z_.,])(?:[0-9]+(?:[.,'’\u00a0\u202f\u2009][0-9]+)*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3}(?![0-9]))?"
)
_SEPARATED = re.compile(r"[0-9]{1,3}(?:([,'])[0-9]{3})(?:\1[0-9]{3})*(?:\.[0-9]+)?")
_SCALE = re.compile(r"\s*(?:thousand|million|billion|trillion|mn|bn)\b", re.IGNORECASE)
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b", re.IGNORECASE)

CURRENCY = "$€£¥₹₩₽₺₪฿¢"
_SIGNS = "-−–+"
_FULL_WIDTH = {ord("０") + n: ord("0") + n for n in range(10)}
_SPACES = str.maketrans(dict.fromkeys("’\u00a0\u202f\u2009", "'"))


@dataclasses.dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text, from `start` to `end`, including a sign and currency before it.

    `value` is None if it is ambiguous: `1,5`, `12.05.2024`, `3 million`.
    """

    start: int
    end: int
    value: Decimal | None


def numerals(text: str, budget: Budget = UNLIMITED) -> Iterator[Numeral]:
    """The numbers in `text`, in order: `42`, `-3.5`, `$1,234.50`, `1'000`, `6e3`; `45%` is 45.

    Digits inside a word (`H2O`, `GPT-4`) and ordinals (`1st`) are skipped. Full-width digits are read as ASCII.
    Raises OutOfTime.
    """
    text = translated(text, _FULL_WIDTH, budget) if not text.isascii() else text
    for match in budget.watch(_NUMERAL.finditer(text)):
        if _ORDINAL.match(text, match.end()):
            continue
        start, negative, glued = _sign(text, match.start())
        if glued:
            continue
        value = None if _SCALE.match(text, match.end()) else read(match.group())
        yield Numeral(start, match.end(), -value if negative and value is not None else value)


def read(numeral: str) -> Decimal | None:
    """The value of an unsigned numeral, or None if ambiguous. Commas, apostrophes and spaces separate thousands."""
    if len(numeral) > MAX_NUMERAL:
        return None
    mantissa, mark, exponent = numeral.translate(_SPACES).lower().partition("e")
    if "," in mantissa or "'" in mantissa:
        if not _SEPARATED.fullmatch(mantissa):
            return None
        mantissa = mantissa.replace(",", "").replace("'", "")
    return None if mantissa.count(".") > 1 else Decimal(mantissa + mark + exponent)


def _sign(text: str, start: int) -> tuple[int, bool, bool]:
    """(start of the numeral with sign and currency, whether it is negative, whether it ends a word such as `GPT-4`)."""
    at = _before_currency(text, start)
    if not at or text[at - 1] not in _SIGNS:
        return at, False, False
    before = text[at - 2] if at > 1 else " "
    if before.isalpha():
        return at, False, True
    if before.isdigit() or before in _SIGNS or before in ")]":
        return at, False, False
    return _before_currency(text, at - 1), text[at - 1] != "+", False


def _before_currency(text: str, at: int) -> int:
    if at and text[at - 1] in CURRENCY:
        return at - 1
    if at > 1 and text[at - 1] == " " and text[at - 2] in CURRENCY:
        return at - 2
    return at


def readings(text: str, budget: Budget = UNLIMITED) -> set[Decimal]:
    """Every possible unsigned value of the numbers in `text`: `1,5` is 1.5, or 1 and 5. Raises OutOfTime."""
    values: set[Decimal] = set()
    text = translated(text, _FULL_WIDTH, budget) if not text.isascii() else text
    for match in budget.watch(_NUMERAL.finditer(text)):
        numeral = match.group()
        value = read(numeral)
        if value is not None:
            values.add(value)
        elif len(numeral) <= MAX_NUMERAL:
            parts = [part for part in re.split(r"[^0-9]+", numeral) if part]
            values.update(map(Decimal, parts))
            values.add(Decimal("".join(parts[:-1]) + "." + parts[-1]))
    return values
