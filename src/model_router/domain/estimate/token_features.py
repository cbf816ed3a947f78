"""Estimates the tokens of a text without a tokenizer, by a weighted count of character patterns.

Every character is mapped to a class (lower case, upper case, digit, punctuation, white space, script) by one
`bytes.translate`, and the classes' runs and borders are counted by `bytes.count`. Token counts here are those of the
tokenizer that the anthropic 0.38.0 wheel ships ("old"). The weights were fitted against it by
bounded least squares of the relative error, with prose, code, JSON and Chinese weighing most; three weights were then
capped by hand. `tests/data/token_counts.json` holds true counts, which the tests compare with the estimate.

Of a long text, windows spread evenly over it are read, so the time does not grow with its length.
"""

from operator import mul
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

#: Patterns over the class string, with the tokens for each occurrence.
CLASS_WEIGHTS: Final[dict[bytes, float]] = {
    b"a": 0.043,
    b"x": 2.000,
    b"A": 0.265,
    b"0": 0.639,
    b".": 0.739,
    b'"': 1.143,
    b"_": 1.362,
    b"\n": 1.326,
    b" a": 1.060,
    b".a": 1.311,
    b"aA": 0.248,
    b"Aa": 0.709,
    b"A0": 2.000,
    b"0a": 1.520,
    b"00": -1.128,
    b"0000": 1.314,
    b"..": -1.201,
    b"  ": 0.602,
    b"    ": -0.734,
    b"        ": -0.857,
    b" .": 0.280,
    b"\n\n": -0.895,
    b"\n ": -1.060,
    b"0.": 0.830,
    b" 0": 0.562,
    b'".': -0.319,
    b'."': -0.770,
}
#: Patterns over the text's own bytes, which distinguish English from other languages in the same letters.
LETTER_WEIGHTS: Final[dict[bytes, float]] = {
    b"th": -0.870,
    b"a ": 0.045,
    b"i ": 1.600,
    b"ou": -0.939,
    b"s ": -0.528,
    b"ch": 1.162,
    b"en": 0.606,
    b"un": 0.822,
}
#: Further patterns over the class string, for texts that are not plain ASCII.
WIDE_WEIGHTS: Final[dict[bytes, float]] = {
    b"l": 2.099,
    b"g": 1.349,
    b"y": 0.305,
    b"h": 0.942,
    b"t": 1.783,
    b"u": 2.218,
    b"j": 0.596,
    b"C": 1.952,
    b"k": 1.966,
    b"f": 1.530,
    b"w": 2.405,
    b" y": 1.303,
    b" h": 0.670,
    b" k": -0.422,
    b"kk": -0.869,
    b"CC": -1.721,
    b"jj": 0.822,
    b"yy": 0.244,
}
_CLASS_PATTERNS, _CLASS_VALUES = tuple(CLASS_WEIGHTS), tuple(CLASS_WEIGHTS.values())
_LETTER_PATTERNS, _LETTER_VALUES = tuple(LETTER_WEIGHTS), tuple(LETTER_WEIGHTS.values())
_WIDE_PATTERNS, _WIDE_VALUES = tuple(WIDE_WEIGHTS), tuple(WIDE_WEIGHTS.values())
#: The fewest tokens per character, in long runs of blanks or of one sign.
_LEAST_TOKENS_PER_CHARACTER: Final = 1 / 32


def estimate_text_tokens(text: str) -> int:
    """Tokens of `text` for the old tokenizer: 0 for the empty text, otherwise between 1 and its UTF-8 bytes."""
    length = len(text)
    if not length:
        return 0
    sample = text if length <= SAMPLE_CHARACTERS else _windows(text, length)
    raw = sample.encode("utf-8", "surrogatepass")
    tokens = _weigh(raw, wide=len(raw) != len(sample))
    least = len(sample) * _LEAST_TOKENS_PER_CHARACTER
    tokens = min(max(tokens, least), len(raw)) * length / len(sample)
    # A text has at least as many UTF-8 bytes as characters, so the limit also holds for a sampled text.
    return max(1, int(tokens + 0.5) if tokens < length else int(tokens))


def _weigh(raw: bytes, *, wide: bool) -> float:
    classes = raw.translate(_CLASSES, _CONTINUATION_BYTES)
    tokens: float = sum(map(mul, map(classes.count, _CLASS_PATTERNS), _CLASS_VALUES))
    tokens += sum(map(mul, map(raw.count, _LETTER_PATTERNS), _LETTER_VALUES))
    if wide:
        tokens += sum(map(mul, map(classes.count, _WIDE_PATTERNS), _WIDE_VALUES))
    return tokens


def _windows(text: str, length: int) -> str:
    stretch = length / WINDOWS
    slack = stretch - _WINDOW
    starts = [int(i * stretch + offset * slack) for i, offset in enumerate(_OFFSETS)]
    return "".join([text[start : start + _WINDOW] for start in starts])
