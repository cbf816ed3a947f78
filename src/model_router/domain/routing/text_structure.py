"""The structure of a text: what is counted in it, and whether it has options, code, blanks or JSON to fill in."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from model_router.domain.routing.lexicon import GROUP_OF, words

_OPTION_LINE: Final = re.compile(r"\n[ \t]*(?:[-*]|\(?[a-h1-9][.):])[ \t]+\S")
_LETTERED: Final = re.compile(r"(?:^|\s)\(?([b-d])[.):]\s")
_JSON_KEY: Final = re.compile(r'\{\s*"\w+"')
_ALL_BUT_MATHS_SIGNS: Final = bytes(sign for sign in range(256) if chr(sign) not in "=+^<>%$")
_SCOPE: Final = re.compile(r"\w::\w")
_CODE: Final = re.compile(r"\)[\t\n\f\r ]?\{|\bdef \w+\(|\bfor \(|print\(|\(\);", re.ASCII)
#: A text without any of these has no code as in `_CODE`, which takes long to search.
_SIGNS_OF_CODE: Final = ("{", "def ", "for (", "print(", "();")


_COUNTED: Final = words("NUMBER QUANTITY MATHS SOLVE CODE")
#: Higher counts are no further step.
_MOST_COUNTED: Final = 8


def _steps(what: str, *edges: int) -> dict[str, list[str]]:
    """By place, the names of counts from 0 on, by their range: `s:numbers 1` for one or two."""
    steps = [f"{what} {bisect_left(edges, count)}" for count in range(_MOST_COUNTED + 1)]
    return {place: [place + step for step in steps] for place in ("s:", "i:", "d:")}


_NUMBERS: Final = _steps("numbers", 0, 2, 5)
_QUANTITIES: Final = _steps("quantities", 0, 2, 4, 7)
_HARD_WORDS: Final = _steps("hard words", 0, 1, 3, 6)
_SIGNS: Final = _steps("maths signs", 0, 2, 5)


def groups_in(sentences: Iterable[Sequence[str]]) -> list[str]:
    """The groups of all words that are in one."""
    return [GROUP_OF[word] for sentence in sentences for word in sentence if word in GROUP_OF]


def hard_words_in(place: str, groups: Sequence[str]) -> str:
    """The step of the number of technical words, such as `s:hard words 2`."""
    number = groups.count("MATHS") + groups.count("SOLVE") + groups.count("CODE")
    return _HARD_WORDS[place][min(number, _MOST_COUNTED)]


def add_structure(found: set[str], place: str, text: str, raw: bytes, groups: Sequence[str]) -> None:
    """Add the structure of a text to `found`, each name after `place`. `raw` is its UTF-8 form."""
    groups = [group for group in groups if group in _COUNTED]
    signs = len(raw.translate(None, _ALL_BUT_MATHS_SIGNS))
    found |= {
        _NUMBERS[place][min(groups.count("NUMBER"), _MOST_COUNTED)],
        _QUANTITIES[place][min(groups.count("QUANTITY"), _MOST_COUNTED)],
        hard_words_in(place, groups),
        _SIGNS[place][min(signs, _MOST_COUNTED)],
    }
    if options := option_lines_in(text):
        found.add(place + options)
    if lettered(text):
        found.add(f"{place}lettered options")
    if "_" in text and "__" in text:  # a single character is found in a tenth of the time
        found.add(f"{place}blank")
    if _holds_code(text):
        found.add(f"{place}code")
    if "{" in text and _JSON_KEY.search(text):
        found.add(f"{place}json")
    if text.endswith(":"):
        found.add(f"{place}ends with a colon")


def option_lines_in(text: str) -> str:
    """`option lines 3` for three lines that look like options (four for more), or an empty text."""
    if text.count("\n") > 1:
        options = len(_OPTION_LINE.findall(f"\n{text}"))
        if options > 1:
            return f"option lines {min(options, 4)}"
    return ""


def lettered(text: str) -> bool:
    """Whether a text has answer options by letter: B, C and D, each followed by a point, bracket or colon."""
    # A single character is found in a tenth of the time.
    has_one = (")" in text and "c)" in text) or ("." in text and "c." in text) or (":" in text and "c:" in text)
    return has_one and len(set(_LETTERED.findall(text))) > 1


def _holds_code(text: str) -> bool:
    if ";" in text and (";\n" in text or "};" in text or text[-1] == ";"):
        return True
    if (
        ("::" in text and _SCOPE.search(text))
        or "\nimport " in text
        or ("{" in text and "=> {" in text)
        or ("*" in text and "select *" in text)
    ):
        return True
    return "(" in text and any(map(text.__contains__, _SIGNS_OF_CODE)) and _CODE.search(text) is not None
