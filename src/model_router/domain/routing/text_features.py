"""What a text model looks at: the asking parts of a user's text, word by word, and the text's structure.

A prompt is mostly content. What is wanted stands in the first line, the last lines, the questions and what ends with a
colon near the two ends of the text: only their words count. Feature names are what a model's weights are keyed by:
`w:sentiment` a word, `g:LABEL` its group (`lexicon`), `b:is TEXT` two neighbours, `s:…` structure.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import re2

from model_router.domain.routing.lexicon import GROUP_OF

#: How much of either end is looked at, in characters.
REACH: Final = 160
#: No more tokens, and no more signs, are in what is looked at: both ends and the line break between them.
_MOST_TOKENS: Final = 2 * REACH + 1
_MAX_ASKS: Final = 6
_MAX_WORDS: Final = 32
#: `Title:` and `Review text:` are fields; longer ones ask for something.
_FIELD_WORDS: Final = 4
_SHORT_END: Final = 4
_NEWLINE: Final = "|"
_ENDS: Final = frozenset(("?", ":", ".", "!", ";", _NEWLINE))
#: By byte: what is beyond ASCII belongs to words.
_PUNCTUATION_TO_SPACES: Final = bytes(
    sign if sign > 127 or chr(sign).isalnum() or chr(sign) in "?:.!;\n" else ord(" ") for sign in range(256)
)
_OPTION_LINE: Final = re.compile(r"[ \t]*(?:[-*]|\(?[a-h1-9][.):])[ \t]+\S")
_LETTERED: Final = re.compile(r"(?:^|\s)\(?([b-d])[.):]\s")
_ARTICLES: Final = frozenset(("a", "an", "not"))
_SIDES: Final = frozenset(("JUDGEMENT", "SAME", "NOT", "LABEL", "QUANTITY", "NUMBER"))
_ALL_BUT_MATHS_SIGNS: Final = bytes(sign for sign in range(256) if chr(sign) not in "=+^<>%$|")
_COUNTED: Final = frozenset(("NUMBER", "QUANTITY", "MATHS", "CODE"))
_CODE: Final = re2.compile(r"\(\);|\)\s?\{|\};|\bdef \w+\(|=>|</\w|\+\+|select \*|\bfor \(")


def _steps(what: str, *edges: int) -> list[str]:
    """For each number the name of its step: `s:numbers 0` up to the first edge, `s:numbers 1` up to the second, …"""
    return [f"s:{what} {bisect_left(edges, number)}" for number in range(_MOST_TOKENS + 1)]


_LENGTH_EDGES: Final = (320, 1280)
_LENGTHS: Final = [f"s:length {step}" for step in range(len(_LENGTH_EDGES) + 1)]
_NUMBERS: Final = _steps("numbers", 0, 2, 5)
_QUANTITIES: Final = _steps("quantities", 0, 2, 4, 7)
_HARD_WORDS: Final = _steps("hard words", 0, 1, 3, 6)
_SIGNS: Final = _steps("maths signs", 0, 2, 5)


class Ask(NamedTuple):
    """A part of the text that may say what is wanted: its words, and the same with words replaced by groups."""

    words: list[str]
    groups: list[str]


class Shape(NamedTuple):
    """A user's text as a text model sees it."""

    asks: list[Ask]
    structure: set[str]

    def features(self) -> set[str]:
        """The names of all features."""
        words, groups, pairs = self.parts()
        found = set(self.structure)
        found.update(f"w:{word}" for word in words)
        found.update(f"g:{group}" for group in groups if group.isupper())
        found.update(f"b:{one} {two}" for one, two in pairs)
        return found

    def parts(self) -> tuple[set[str], set[str], set[tuple[str, str]]]:
        """Words, groups (words that are in none stand for themselves) and neighbours of all asking parts."""
        words = set[str]().union(*[ask.words for ask in self.asks])
        groups = set[str]().union(*[ask.groups for ask in self.asks])
        pairs = set[tuple[str, str]]().union(*[pairwise(["^", *ask.groups, "$"]) for ask in self.asks])
        return words, groups, pairs


def shape_of(folded: Sequence[str]) -> Shape:
    """The shape of a text whose searched parts (`user_text.spoken`) went through `patterns.fold`."""
    length = sum(map(len, folded))
    if length <= 2 * REACH:
        text = "\n".join(folded).strip()
    else:
        text = f"{folded[0][:REACH].lstrip()}\n{folded[-1][-REACH:].rstrip()}"
    raw = text.encode(errors="surrogatepass")
    tokens = _tokens(raw)
    groups = list(map(GROUP_OF.get, tokens, tokens))
    structure = _structure(text, groups)
    structure.add(_LENGTHS[bisect_left(_LENGTH_EDGES, length)])
    structure.add(_SIGNS[len(raw.translate(None, _ALL_BUT_MATHS_SIGNS))])
    return Shape(_asks(tokens, groups, structure), structure)


def _tokens(raw: bytes) -> list[str]:
    """Words, numbers, and the signs that end a sentence, a line or a field (`|` for a line)."""
    bare = f"{raw.translate(_PUNCTUATION_TO_SPACES).decode(errors='surrogatepass')} "
    bare = bare.replace("?", " ? ").replace(":", " : ").replace("!", " ! ").replace(";", " ; ")
    return bare.replace(". ", " . ").replace(".\n", " . ").replace("\n", f" {_NEWLINE} ").split()


def _asks(tokens: list[str], groups: list[str], structure: set[str]) -> list[Ask]:
    spans = _spans(tokens)
    if not spans:
        return []
    last = len(spans) - 1
    # A short end ("thanks!") is looked at together with what stands before it.
    end_from = last - 1 if spans[last][1] - spans[last][0] < _SHORT_END else last
    chosen = []
    fields = 0
    for place, (start, end, sign) in enumerate(spans):
        if sign == "?":
            structure.update(_question(place, last, groups[start]))
            chosen.append((start, end))
            continue
        words = end - start
        fields += sign == ":" and words < _FIELD_WORDS
        if place == 0 or place >= end_from or (sign == ":" and words > 1):
            chosen.append((start, end))
    if fields:
        structure.add(f"s:fields {min(fields, 3)}")
    if len(chosen) > _MAX_ASKS:
        chosen = [*chosen[:2], *chosen[2 - _MAX_ASKS :]]
    # A long one asks at its end: `… 300 words of content, is this good or bad?`
    parts = [slice(max(start, end - _MAX_WORDS), end) for start, end in chosen]
    asks = [Ask(tokens[part], groups[part]) for part in parts]
    if "or" in tokens:
        structure.update([_choice(ask.words, ask.groups) for ask in asks if "or" in ask.words])
    return asks


def _question(place: int, last: int, first_group: str) -> list[str]:
    found = ["s:question"]
    if place == last:
        found.append("s:ends with a question")
    if place == 0:
        found.append("s:begins with a question")
    if first_group == "AUXILIARY":
        found.append("s:yes or no question")
    return found


def _spans(tokens: list[str]) -> list[tuple[int, int, str]]:
    """Where each sentence, line or labelled field begins and ends, and the sign that ends it."""
    spans = []
    start = 0
    for place, token in enumerate(tokens):
        if token in _ENDS:
            if place > start:
                spans.append((start, place, token))
            start = place + 1
    if start < len(tokens):
        spans.append((start, len(tokens), ""))
    return spans


def _structure(text: str, groups: list[str]) -> set[str]:
    count = [group for group in groups if group in _COUNTED].count
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
    if ("(" in text or "{" in text or "<" in text or ">" in text or "+" in text or "*" in text) and _CODE.search(text):
        found.add("s:code")
    if text[-1:] not in ".?!:":
        found.add("s:ends open")
    elif text.endswith(":"):
        found.add("s:ends with a colon")
    return found


def lettered(text: str) -> bool:
    """Whether a text has answer options by letter: B, C and D, each followed by a point, bracket or colon."""
    return ("c)" in text or "c." in text or "c:" in text) and len(set(_LETTERED.findall(text))) > 1


def _choice(words: list[str], groups: list[str]) -> str:
    """What stands on the two sides of the last `or`, such as `s:or JUDGEMENT JUDGEMENT` of "is it good or bad"."""
    place = len(words) - 1 - words[::-1].index("or")
    after = place + 1
    if after + 1 < len(words) and words[after] in _ARTICLES:
        after += 1
    sides = (groups[place - 1] if place else "", groups[after] if after < len(groups) else "")
    return "s:or " + " ".join([side if side in _SIDES else "x" for side in sides])
