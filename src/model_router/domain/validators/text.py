"""Normal forms of text, so that an answer is compared by what it says and not by how it is typeset."""

import unicodedata

_SLICE = 512
_SEEK = 64

#: Typographic variants that NFKC leaves alone. `None` drops the character (soft hyphen, zero width, byte
#: order mark).
_PLAIN: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "“”„‟«»〝〞＂"), '"'),
    **dict.fromkeys(map(ord, "‘’‚‛′`´"), "'"),
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), "-"),
    **dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), None),
}

#: Scripts written without spaces between words, or (Hangul) with endings joined on: any place is a word's
#: edge.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Han
    (0xAC00, 0xD7A3),  # Hangul
    (0x20000, 0x3FFFF),
)


def nfkc(text: str) -> str:
    """Unicode's NFKC in linear time.

    CPython sorts a run of combining marks by insertion, so 200,000 marks take 20 seconds. Hence slices: cut
    before an ASCII character where there is one near, which changes nothing, else between characters that do
    not combine.
    """
    if text.isascii():
        return text
    pieces = []
    start = 0
    while start < len(text):
        end = _cut(text, start + _SLICE)
        pieces.append(unicodedata.normalize("NFKC", text[start:end]))
        start = end
    return "".join(pieces)


def _cut(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    window = text[end : end + _SEEK]
    for offset, char in enumerate(window):
        if char.isascii():
            return end + offset
    for offset, char in enumerate(window):
        if not unicodedata.combining(char):
            return end + offset
    return end + len(window)


def plain(text: str, *, fold: bool = True) -> str:
    """`text` for comparing: NFKC, plain quotes and dashes, white space single, and (`fold`) letters' case
    folded.
    """
    text = nfkc(text.translate(_PLAIN)).translate(_PLAIN) if not text.isascii() else text.replace("`", "'")
    if fold:
        text = nfkc(text.casefold())
    return " ".join(text.split())


def occurs(value: str, text: str) -> bool:
    """Whether `value` stands in `text` as whole words: "art" not in "party". Both are in the same normal
    form.
    """
    at = text.find(value) if value else -1
    while at >= 0:
        end = at + len(value)
        if _edge(text[at - 1 : at], value[0]) and _edge(value[-1], text[end : end + 1]):
            return True
        at = text.find(value, at + 1)
    return False


def _edge(left: str, right: str) -> bool:
    """Whether a word ends between two neighbouring characters (an empty one: the text's own edge)."""
    return not (_in_word(left) and _in_word(right)) or _unspaced(left) or _unspaced(right)


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or (char > "\x7f" and unicodedata.category(char).startswith("M"))


def _unspaced(char: str) -> bool:
    return char > "\u0dff" and any(low <= ord(char) <= high for low, high in _UNSPACED)
