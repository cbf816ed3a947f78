"""Words that say the same thing about the work, grouped: the text model sees the group as well as the word.

A model that learned about `sentiment` then understands `mood`, and German `Stimmung`, too. The groups are in
`lexicon.json`, by group and language. A word belongs to one group, the first that lists it; English comes first.
"""

import json
import re
from pathlib import Path
from typing import Final

from model_router.domain.routing.patterns import fold

#: Languages whose words are found as parts of the text: they have no spaces, or many endings.
_BY_PART: Final = ("ar", "hi", "ja", "ko", "ru", "zh")
_OTHER_SCRIPT: Final = re.compile("[\u0370-\u1fff\u2e80-\ud7ff]")
_MAX_YEAR: Final = 2100

GROUP_OF: Final[dict[str, str]] = {}
"""The group of each folded word of a language with spaces and of each whole number up to 2100."""

_PARTS: Final[dict[str, list[tuple[str, str]]]] = {}
#: Parts of words and their groups by their first character, longest first.


def words(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())


def _load() -> None:
    groups = json.loads((Path(__file__).resolve().parents[2] / "lexicon.json").read_text(encoding="utf-8"))
    parts: dict[str, str] = {}
    for by_part in (False, True):
        for language in ("en", "de", "es", "fr", "it", "pt") if not by_part else _BY_PART:
            for group, words in groups.items():
                for word in words.get(language, "").split():
                    if by_part:
                        parts.setdefault(word.replace("_", " "), group)
                    else:
                        GROUP_OF.setdefault(fold(word), group)
    for number in range(_MAX_YEAR + 1):
        GROUP_OF.setdefault(str(number), "NUMBER")
    for part in sorted(parts, key=len, reverse=True):
        _PARTS.setdefault(part[0], []).append((part, parts[part]))


_load()


def in_other_script(text: str) -> bool:
    """Whether a text has letters beyond Latin."""
    return not text.isascii() and _OTHER_SCRIPT.search(text) is not None


def groups_of_parts(text: str) -> list[str]:
    """The groups of the known words in a text of a language that is searched by part, in order."""
    return [group for _, _, group in parts_in(text.lower())]


def parts_in(lower: str) -> list[tuple[int, str, str]]:
    """The known words in a lower-case text of such a language: place, word and group, in order."""
    found = []
    end = 0
    for place, character in enumerate(lower):
        if place >= end and character in _PARTS:
            for part, group in _PARTS[character]:
                if lower.startswith(part, place):
                    found.append((place, part, group))
                    end = place + len(part)
                    break
    return found
