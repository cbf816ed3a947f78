"""The asking parts of a user's text: those that may say what is wanted, word by word.

A prompt is mostly content. What is wanted stands in the first line, the last lines, the questions and what ends with a
colon near the two ends of the text: only their words count.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from model_router.domain.routing.lexicon import GROUP_OF

_MAX_ASKS: Final = 6
_MAX_WORDS: Final = 32
#: A word and the space behind it are two characters.
_SURELY_FEW: Final = 2 * _MAX_WORDS
#: `Title:` and `Review text:` are fields; longer ones ask for something.
_FIELD_WORDS: Final = 4
_SHORT_END: Final = 4
_SIGNS: Final = frozenset(("?", ":"))
_WITHOUT_WORDS: Final = frozenset(("", *_SIGNS))
_ARTICLES: Final = frozenset(("a", "an", "not"))
_SIDES: Final = frozenset(("JUDGEMENT", "SAME", "NOT", "LABEL", "QUANTITY", "NUMBER"))
#: By byte: what is beyond ASCII belongs to words, and `!` and `;` end a sentence as the end of a line does.
_PUNCTUATION_TO_SPACES: Final = bytes(
    ord("\n") if chr(sign) in "!;\n" else sign if sign > 127 or chr(sign).isalnum() or chr(sign) in "?:." else ord(" ")
    for sign in range(256)
)
#: Two ends, and no word: where there are more points, all but the last are one.
_TWO_POINTS: Final = re.compile(r"(?<!\S)\.\.(?=\s)")
_OF_ASKS: Final = ("s:question", "s:yes or no question", "s:begins with a question", "s:ends with a question")
_OF_ASKS_BEFORE_A_NUMBER: Final = ("s:fields ", "s:or ")


class Asks(NamedTuple):
    """The asking parts, one after the other, each between the marks `^` and `$`, which are never words.

    `words` as they stand, `groups` the same with words replaced by their groups, `structure` the names of what their
    kinds say.
    """

    words: list[str]
    groups: list[str]
    structure: set[str]

    def size(self) -> int:
        """How many words they have."""
        return len(self.words) - 2 * self.words.count("$")

    def parts(self) -> list[list[str]]:
        """The words of each part."""
        return _parts(self.words)


def sentences_of(raw: bytes) -> list[str]:
    """Sentences, lines and labelled fields, each as words between spaces; a question ends with ` ?`, a field with ` :`.

    `raw` is the text's UTF-8 form. A point ends a sentence only before white space: `3.5` is a word.
    """
    marked = raw.translate(_PUNCTUATION_TO_SPACES).replace(b"?", b" ?\n").replace(b":", b" :\n")
    bare = f"{marked.decode(errors='surrogatepass')} "
    if ".." in bare:
        bare = _TWO_POINTS.sub("\n", bare)
    bare = bare.replace(".\n", "\n").replace(". ", "\n")
    return [line for line in map(str.strip, bare.split("\n")) if line not in _WITHOUT_WORDS]


def asks_of(sentences: Sequence[str]) -> Asks:
    """The asking parts of a text."""
    structure: set[str] = set()
    chosen = _chosen(sentences, structure)
    if not chosen:
        return Asks([], [], structure)
    if len(chosen) > _MAX_ASKS:
        chosen = [*chosen[:2], *chosen[2 - _MAX_ASKS :]]
    # A long one asks at its end: `… 300 words of content, is this good or bad?`
    ends = [part if len(part) < _SURELY_FEW else " ".join(part.split()[-_MAX_WORDS:]) for part in chosen]
    words = f"^ {' $ ^ '.join(ends)} $".split()
    groups = list(map(GROUP_OF.get, words, words))
    if "or" in words:
        choices = zip(_parts(words), _parts(groups), strict=True)
        structure.update([_choice(*choice) for choice in choices if "or" in choice[0]])
    return Asks(words, groups, structure)


def is_of_asks(name: str) -> bool:
    """Whether a name of structure is one that `asks_of` gives."""
    return name in _OF_ASKS or name.startswith(_OF_ASKS_BEFORE_A_NUMBER)


def _chosen(sentences: Sequence[str], structure: set[str]) -> list[str]:
    """The sentences that ask for something, without their signs."""
    last = len(sentences) - 1
    # A short end ("thanks!") is looked at together with what stands before it.
    end_from = last - 1 if sentences and _is_short(sentences[last]) else last
    chosen = []
    fields = 0
    for place, sentence in enumerate(sentences):
        sign = sentence[-1]
        if sign == "?":
            structure.update(_question(place, last, sentence))
            chosen.append(sentence[:-1])
        elif sign == ":":
            words = len(sentence.split(None, _FIELD_WORDS)) - 1
            fields += words < _FIELD_WORDS
            if place == 0 or place >= end_from or words > 1:
                chosen.append(sentence[:-1])
        elif place == 0 or place >= end_from:
            chosen.append(sentence)
    if fields:
        structure.add(f"s:fields {min(fields, 3)}")
    return chosen


def _parts(marked: list[str]) -> list[list[str]]:
    return [part.split()[1:] for part in " ".join(marked).split("$")[:-1]]


def _is_short(sentence: str) -> bool:
    words = sentence.split(None, _SHORT_END)
    return len(words) - (sentence[-1] in _SIGNS) < _SHORT_END


def _question(place: int, last: int, sentence: str) -> list[str]:
    found = ["s:question"]
    if place == last:
        found.append("s:ends with a question")
    if place == 0:
        found.append("s:begins with a question")
    if GROUP_OF.get(sentence.split(None, 1)[0]) == "AUXILIARY":
        found.append("s:yes or no question")
    return found


def _choice(words: list[str], groups: list[str]) -> str:
    """What stands on the two sides of the last `or`, such as `s:or JUDGEMENT JUDGEMENT` of "is it good or bad"."""
    place = len(words) - 1 - words[::-1].index("or")
    after = place + 1
    if after + 1 < len(words) and words[after] in _ARTICLES:
        after += 1
    sides = (groups[place - 1] if place else "", groups[after] if after < len(groups) else "")
    return "s:or " + " ".join([side if side in _SIDES else "x" for side in sides])
