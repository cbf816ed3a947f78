"""What a text model looks at: the asking parts of a user's text (`asks`), and the structure of the text.

Feature names are what a model's weights are keyed by: `w:sentiment` a word, `g:LABEL` its group (`lexicon`),
`b:is TEXT` two neighbours, `s:…` structure.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from model_router.domain.routing.asks import asks_of, sentences_of
from model_router.domain.routing.lexicon import GROUP_OF

#: How much of either end is looked at, in characters.
REACH: Final = 160
#: No more words, and no more signs, are in what is looked at: both ends and the line break between them.
_MOST_WORDS: Final = 2 * REACH + 1
_OPTION_LINE: Final = re.compile(r"[ \t]*(?:[-*]|\(?[a-h1-9][.):])[ \t]+\S")
_LETTERED: Final = re.compile(r"(?:^|\s)\(?([b-d])[.):]\s")
_ALL_BUT_MATHS_SIGNS: Final = bytes(sign for sign in range(256) if chr(sign) not in "=+^<>%$|")
_COUNTED: Final = frozenset(("NUMBER", "QUANTITY", "MATHS", "CODE"))
_COUNTED_GROUP_OF: Final = {word: group for word, group in GROUP_OF.items() if group in _COUNTED}
_CODE_LITERALS: Final = ("();", "};", "=>", "++", "select *")
#: The literal that each expression needs: a text without it is not searched.
_CODE_AROUND: Final = {
    "{": re.compile(r"\)[\t\n\f\r ]?\{"),
    "def ": re.compile(r"\bdef \w+\(", re.ASCII),
    "</": re.compile(r"</\w", re.ASCII),
    "for (": re.compile(r"\bfor \(", re.ASCII),
}


def _steps(what: str, *edges: int) -> list[str]:
    """For each number the name of its step: `s:numbers 0` up to the first edge, `s:numbers 1` up to the second, …"""
    return [f"s:{what} {bisect_left(edges, number)}" for number in range(_MOST_WORDS + 1)]


_LENGTH_EDGES: Final = (320, 1280)
_LENGTHS: Final = [f"s:length {step}" for step in range(len(_LENGTH_EDGES) + 1)]
_NUMBERS: Final = _steps("numbers", 0, 2, 5)
_QUANTITIES: Final = _steps("quantities", 0, 2, 4, 7)
_HARD_WORDS: Final = _steps("hard words", 0, 1, 3, 6)
_SIGNS: Final = _steps("maths signs", 0, 2, 5)


class Shape:
    """A user's text as a text model sees it: its asking parts, and the structure of the whole.

    The structure is looked for when somebody wants it: the asking parts often say enough.
    """

    __slots__ = ("_length", "_of_text", "_raw", "_sentences", "_text", "asks")

    def __init__(self, text: str, length: int) -> None:
        self._text = text
        self._length = length
        self._raw = text.encode(errors="surrogatepass")
        self._sentences = sentences_of(self._raw)
        self._of_text: set[str] | None = None
        self.asks = asks_of(self._sentences)

    @property
    def of_text(self) -> set[str]:
        """The structure of the whole text."""
        if self._of_text is None:
            self._of_text = _structure(self._text, self._sentences)
            self._of_text.add(_LENGTHS[bisect_left(_LENGTH_EDGES, self._length)])
            self._of_text.add(_SIGNS[len(self._raw.translate(None, _ALL_BUT_MATHS_SIGNS))])
        return self._of_text

    @property
    def structure(self) -> set[str]:
        """All structure."""
        return self.asks.structure | self.of_text

    def features(self) -> set[str]:
        """The names of all features."""
        found = self.structure
        found.update(f"w:{word}" for part in self.asks.parts() for word in part)
        found.update(f"g:{group}" for group in self.asks.groups if group.isupper())
        found.update(f"b:{one} {two}" for one, two in pairwise(self.asks.groups) if one != "$")
        return found


def shape_of(folded: Sequence[str]) -> Shape:
    """The shape of a text whose searched parts (`user_text.spoken`) went through `patterns.fold`."""
    length = sum(map(len, folded))
    if length <= 2 * REACH:
        return Shape("\n".join(folded).strip(), length)
    return Shape(f"{folded[0][:REACH].lstrip()}\n{folded[-1][-REACH:].rstrip()}", length)


NO_SHAPE: Final = shape_of([""])


def _structure(text: str, sentences: Sequence[str]) -> set[str]:
    count = list(filter(None, map(_COUNTED_GROUP_OF.get, " ".join(sentences).split()))).count
    found = {
        _NUMBERS[count("NUMBER")],
        _QUANTITIES[count("QUANTITY")],
        _HARD_WORDS[count("MATHS") + count("CODE")],
    }
    if text.count("\n") > 1:
        options = sum(map(bool, map(_OPTION_LINE.match, text.split("\n"))))
        if options > 1:
            found.add(f"s:option lines {min(options, 4)}")
    if lettered(text):
        found.add("s:lettered options")
    if "__" in text:
        found.add("s:blank")
    if _holds_code(text):
        found.add("s:code")
    if text[-1:] not in ".?!:":
        found.add("s:ends open")
    elif text.endswith(":"):
        found.add("s:ends with a colon")
    return found


def lettered(text: str) -> bool:
    """Whether a text has answer options by letter: B, C and D, each followed by a point, bracket or colon."""
    return ("c)" in text or "c." in text or "c:" in text) and len(set(_LETTERED.findall(text))) > 1


def _holds_code(text: str) -> bool:
    if not ("(" in text or "{" in text or "<" in text or ">" in text or "+" in text or "*" in text):
        return False
    if any(literal in text for literal in _CODE_LITERALS):
        return True
    return any(code.search(text) for literal, code in _CODE_AROUND.items() if literal in text)
