"""Normal forms of text, so that typography does not matter when texts are compared."""

import unicodedata
from collections.abc import Iterator, Mapping

from model_router.domain.validators.budget import UNLIMITED, Budget

#: Characters that are normalised at once, and the following characters among which a cut is sought.
_PIECE = 512
_SEEK = 64
#: Characters that are translated at once.
_CHUNK = 10_000
#: The longest time in seconds per ASCII character.
_ASCII_SECONDS = 2e-8

#: Typographic variants that NFKC does not change. None removes the character (soft hyphen, zero width, byte order
#: mark).
_PLAIN: dict[int, str | int | None] = {
    **dict.fromkeys(map(ord, "“”„‟«»〝〞＂"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), None),
}


def nfkc(text: str) -> str:
    """Unicode's NFKC in linear time.

    CPython sorts a run of combining marks in quadratic time, so that 200,000 marks take 20 seconds. Therefore the text
    is normalised in pieces. The result differs from NFKC only within a run of more than 30 marks, which Unicode's
    stream-safe format does not allow.
    """
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFKC", piece) for piece in _pieces(text))


def plain(text: str, *, fold: bool = True, budget: Budget = UNLIMITED) -> str:
    """`text` for comparing: NFKC, plain quotes and dashes, single spaces, and with `fold` case-folded.

    Raises OutOfTime.
    """
    budget.check(len(text) * _ASCII_SECONDS)
    if text.isascii():
        text = text.replace("`", "'")
        return " ".join((text.casefold() if fold else text).split())
    pieces = budget.watch(_pieces(translated(text, _PLAIN, budget)), 16)
    return " ".join("".join(_plain(piece, fold) for piece in pieces).split())


def translated(text: str, table: Mapping[int, str | int | None], budget: Budget = UNLIMITED) -> str:
    """`text.translate(table)`. Raises OutOfTime."""
    starts = budget.watch(range(0, len(text), _CHUNK), 1)
    return "".join(text[start : start + _CHUNK].translate(table) for start in starts)


def _plain(piece: str, fold: bool) -> str:
    piece = unicodedata.normalize("NFKC", piece).translate(_PLAIN)
    return unicodedata.normalize("NFKC", piece.casefold()) if fold else piece


def _pieces(text: str) -> Iterator[str]:
    """Cuts `text` into parts that can be normalised separately; a long run of marks is cut anywhere."""
    start = 0
    while start < len(text):
        end = _cut(text, start + _PIECE)
        yield text[start:end]
        start = end


def _cut(text: str, end: int) -> int:
    window = text[end : end + _SEEK]
    return end + next((place for place, char in enumerate(window) if _begins(char)), len(window))


def _begins(char: str) -> bool:
    """Whether `char` cannot combine with the text before: it is no mark and no later part of a Hangul syllable."""
    if char.isascii():
        return True
    first = unicodedata.normalize("NFKD", char)[0]
    mark = unicodedata.combining(first) or unicodedata.category(first)[0] == "M"
    return not mark and not "\u1160" <= first <= "\u11ff"
