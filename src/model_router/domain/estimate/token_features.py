"""Estimates the tokens of a text without a tokenizer, by a weighted count of character patterns.

Every character is mapped to a class (lower case, upper case, digit, punctuation, white space, script) by one
`bytes.translate`, and the classes' runs and borders are counted by `bytes.count`. Token counts here are those of the
tokenizer that the anthropic 0.38.0 wheel ships ("old"). The weights were fitted against it by
bounded least squares of the relative error, with prose, code, JSON and Chinese weighing most; three weights were then
capped by hand. `tests/data/token_counts.json` holds true counts, which the tests compare with the estimate.

Of a long text, windows spread evenly over it are read, so the time does not grow with its length.
"""

from itertools import product
from math import sumprod
from typing import Final

#: Characters of a text that are read, and the number of windows in a longer text.
SAMPLE_CHARACTERS: Final = 3072
WINDOWS: Final = 64
_WINDOW: Final = SAMPLE_CHARACTERS // WINDOWS
#: The position of each window in its stretch: golden-ratio steps, so that a periodic text is read at many phases.
_OFFSETS: Final = tuple((i * 0.6180339887498949) % 1.0 for i in range(WINDOWS))

_CONTINUATION_BYTES: Final = bytes(range(0x80, 0xC0))


def _class_table() -> bytes:
    table = bytearray(b"." * 256)
    table[0x61:0x7B] = b"a" * 26
    table[ord("z")] = ord("x")
    table[0x41:0x5B] = b"A" * 26
    table[0x30:0x3A] = b"0" * 10
    for character, kind in ((" ", " "), ("\t", "\n"), ("\n", "\n"), ("\r", "\n"), ('"', '"'), ("'", '"'), ("_", "_")):
        table[ord(character)] = ord(kind)
    # A character beyond ASCII is classified by the first byte of its UTF-8 form; the other bytes are deleted.
    leads = ((0xC2, "l"), (0xCA, "o"), (0xCE, "g"), (0xD0, "y"), (0xD4, "h"), (0xE0, "t"), (0xE2, "u"), (0xE3, "j"))
    for first, kind in (*leads, (0xE4, "C"), (0xEA, "k"), (0xEE, "f"), (0xF0, "w")):
        table[first:256] = kind.encode() * (256 - first)
    return bytes(table)


_CLASSES: Final = _class_table()
#: The class of every such character where only its neighbours count.
_BEYOND_ASCII: Final = "w"

#: Tokens for each lower-case letter.
LOWER_CASE_WEIGHT: Final = 0.043
#: Patterns over the class string, with the tokens for each occurrence. None depends on the length of a run of "a".
CLASS_WEIGHTS: Final[dict[str, float]] = {
    "x": 2.000,
    "A": 0.265,
    "0": 0.639,
    ".": 0.739,
    '"': 1.143,
    "_": 1.362,
    "\n": 1.326,
    "00": -1.128,
    "0000": 1.314,
    "..": -1.201,
    "  ": 0.602,
    "    ": -0.734,
    "        ": -0.857,
    "\n\n": -0.895,
}
#: Pairs of different signs of the class string.
BORDER_WEIGHTS: Final[dict[str, float]] = {
    " a": 1.060,
    ".a": 1.311,
    "aA": 0.248,
    "Aa": 0.709,
    "A0": 2.000,
    "0a": 1.520,
    " .": 0.280,
    "\n ": -1.060,
    "0.": 0.830,
    " 0": 0.562,
    '".': -0.319,
    '."': -0.770,
}
#: Pairs of the text's own letters, which distinguish English from other languages in the same letters.
LETTER_WEIGHTS: Final[dict[str, float]] = {
    "th": -0.870,
    "a ": 0.045,
    "i ": 1.600,
    "ou": -0.939,
    "s ": -0.528,
    "ch": 1.162,
    "en": 0.606,
    "un": 0.822,
}
#: Further patterns over the class string, for texts that are not plain ASCII.
WIDE_WEIGHTS: Final[dict[str, float]] = {
    "l": 2.099,
    "g": 1.349,
    "y": 0.305,
    "h": 0.942,
    "t": 1.783,
    "u": 2.218,
    "j": 0.596,
    "C": 1.952,
    "k": 1.966,
    "f": 1.530,
    "w": 2.405,
    " y": 1.303,
    " h": 0.670,
    " k": -0.422,
    "kk": -0.869,
    "CC": -1.721,
    "jj": 0.822,
    "yy": 0.244,
}


def _kinds(classes: set[str], letters: set[str]) -> tuple[bytes, list[tuple[str, str]]]:
    """The kinds of characters, from no kind on, and a table from a character's first byte to the place of its kind.

    A kind is a class and a letter, each an empty text if it is not in the given set.
    """
    kinds = [("", "")]
    table = bytearray(256)
    for byte in sorted(set(range(256)).difference(_CONTINUATION_BYTES)):
        of_class, letter = chr(_CLASSES[byte]) if byte < 0x80 else _BEYOND_ASCII, chr(byte)
        kind = (of_class if of_class in classes else "", letter if letter in letters else "")
        if kind not in kinds:
            kinds.append(kind)
        table[byte] = kinds.index(kind)
    return bytes(table), kinds


def _neighbour_tables() -> tuple[bytes, bytes, bytes, bytes]:
    """The tables from the bytes of a text to the kinds of two neighbours (the first's in the upper four bits of a byte,
    the second's in the lower four), and from these to the number of their pair and to the class that the second adds.

    Pairs are numbered from 1 on. A word's second letter and those after it add no class.
    """
    first, firsts = _kinds({border[0] for border in BORDER_WEIGHTS}, {pair[0] for pair in LETTER_WEIGHTS})
    second, seconds = _kinds({*"aA", *"".join(CLASS_WEIGHTS), _BEYOND_ASCII}, {pair[1] for pair in LETTER_WEIGHTS})
    borders = {pair: number for number, pair in enumerate(BORDER_WEIGHTS, 1)}
    letters = {pair: number for number, pair in enumerate(LETTER_WEIGHTS, 1 + len(borders))}
    pairs, classes = bytearray(256), bytearray(256)
    for (upper, (before, letter)), (lower, (after, next_letter)) in product(enumerate(firsts), enumerate(seconds)):
        pairs[upper << 4 | lower] = borders.get(before + after) or letters.get(letter + next_letter, 0)
        classes[upper << 4 | lower] = 0 if before == after == "a" or not after else ord(after)
    return bytes(kind << 4 for kind in first), second, bytes(pairs), bytes(classes)


_CLASS_PATTERNS: Final = tuple(CLASS_WEIGHTS)
_FIRST, _SECOND, _PAIRS, _ADDED_CLASSES = _neighbour_tables()
_NO_PAIRS, _NO_CLASSES = (bytes(at for at in range(256) if not table[at]) for table in (_PAIRS, _ADDED_CLASSES))
_PAIR_NUMBERS: Final = tuple(map(chr, range(1, 1 + len(BORDER_WEIGHTS) + len(LETTER_WEIGHTS))))
_NOT_LOWER_CASE: Final = bytes(byte for byte in range(256) if _CLASSES[byte] != ord("a"))
_WIDE_PATTERNS: Final = tuple(WIDE_WEIGHTS)
#: The weights in the order in which their patterns are counted.
_VALUES: Final = (
    LOWER_CASE_WEIGHT,
    *CLASS_WEIGHTS.values(),
    *BORDER_WEIGHTS.values(),
    *LETTER_WEIGHTS.values(),
)
_ALL_VALUES: Final = (*_VALUES, *WIDE_WEIGHTS.values())
#: The fewest tokens per character, in long runs of blanks or of one sign.
_LEAST_TOKENS_PER_CHARACTER: Final = 1 / 32


def estimate_text_tokens(text: str) -> int:
    """Tokens of `text` for the old tokenizer: 0 for the empty text, otherwise between 1 and its UTF-8 bytes."""
    length = len(text)
    if not length:
        return 0
    sample = text if length <= SAMPLE_CHARACTERS else _windows(text, length)
    raw = sample.encode("utf-8", "surrogatepass")
    tokens = _weigh(len(sample), raw)
    least = len(sample) * _LEAST_TOKENS_PER_CHARACTER
    tokens = min(max(tokens, least), len(raw)) * length / len(sample)
    # A text has at least as many UTF-8 bytes as characters, so the limit also holds for a sampled text.
    return max(1, int(tokens + 0.5) if tokens < length else int(tokens))


def _weigh(length: int, raw: bytes) -> float:
    """The weights of all patterns in a text of so many characters; `raw` is its UTF-8 form."""
    # As numbers of many bytes, the kinds of all first characters are moved next to those of the second ones at once.
    first, second = int.from_bytes(raw.translate(_FIRST)), int.from_bytes(raw.translate(_SECOND))
    neighbours = (first >> 8 | second).to_bytes(len(raw))
    counts = [
        len(raw.translate(None, _NOT_LOWER_CASE)),
        # Most of a text is lower case: with one sign for each word there is a third to search.
        *map(neighbours.translate(_ADDED_CLASSES, _NO_CLASSES).decode("ascii").count, _CLASS_PATTERNS),
        *map(neighbours.translate(_PAIRS, _NO_PAIRS).decode("ascii").count, _PAIR_NUMBERS),
    ]
    if len(raw) == length:
        return sumprod(counts, _VALUES)
    classes = raw.translate(_CLASSES, _CONTINUATION_BYTES).decode("ascii")
    return sumprod([*counts, *map(classes.count, _WIDE_PATTERNS)], _ALL_VALUES)


def _windows(text: str, length: int) -> str:
    stretch = length / WINDOWS
    slack = stretch - _WINDOW
    starts = [int(i * stretch + offset * slack) for i, offset in enumerate(_OFFSETS)]
    return "".join([text[start : start + _WINDOW] for start in starts])
