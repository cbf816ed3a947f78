"""Patterns of the rules: whole words, whatever their case and accents.

A pattern is words: `find the root cause`. A space in it stands for any white space, `*` for the rest of a word
(`summari*`). Matching is RE2's: linear in the text, whatever the pattern, and all patterns go in one pass, so a
thousand cost hardly more than ten.
"""

import re
import unicodedata
from collections.abc import Sequence

import re2

MAX_PATTERN_CHARS = 200
# After `fold`, whatever is not ASCII is a letter or a digit. RE2's own Unicode classes would make the automaton of
# a thousand patterns hundreds of times larger.
_WORD = r"[a-z0-9_\x{80}-\x{10FFFF}]"
_BOUNDARY = r"[\x00-/:-@\[-\^`{-\x7f]"
# A thousand patterns need a larger automaton than RE2's default of 8 MB allows.
_SET_MEMORY_BYTES = 64 << 20
#: Characters whose folding is remembered: a few hundred KB.
_MOST_KEPT = 4096
#: So many different ones (quotation marks, an é) are replaced one by one, where nothing foreign takes their place.
_FEW_SIGNS = 8
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# Scripts without spaces between words: a pattern cannot require a word boundary next to their letters.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def fold(text: str) -> str:
    """Text without case and accents, what is not ASCII being letters and digits: what is compared with patterns."""
    if text.isascii():
        return text.lower()
    signs = set().union(*_FOREIGN.findall(text))
    if len(signs) > _FEW_SIGNS or not all(_FOLDED[ord(sign)].isascii() for sign in signs):
        return _FOREIGN.sub(_fold_foreign, text).lower()
    for sign in signs:
        text = text.replace(sign, _FOLDED[ord(sign)])
    return text.lower()


def _fold_foreign(run: re.Match[str]) -> str:
    return run[0].translate(_FOLDED)


class _FoldedCharacters(dict[int, str]):
    """What a character beyond ASCII becomes. The last few thousand that are met are kept: most texts have fewer.

    It is emptied when it is full. Otherwise a text of many characters would slow down every later text.
    """

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        folded = self[code] = _folded(chr(code))
        return folded


def _folded(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char).casefold()
    return "".join([_letter_or_sign(part) for part in decomposed if not unicodedata.combining(part)])


def _letter_or_sign(char: str) -> str:
    return " " if char.isspace() else char if char.isalnum() or char.isascii() else "|"


_FOLDED = _FoldedCharacters()


def check(pattern: str) -> None:
    """ValueError says why a text cannot be a pattern."""
    words = fold(pattern).split()
    if not words:
        raise ValueError("a pattern needs at least one word")
    if len(pattern) > MAX_PATTERN_CHARS:
        raise ValueError(f"a pattern takes at most {MAX_PATTERN_CHARS} characters")
    for word in words:
        if not any(char.isalnum() for char in word):
            raise ValueError(f"{word!r} has no letter or digit: patterns are words, and * stands for the rest of one")


class PatternSet:
    """Patterns compiled once, looked for together."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._set = None
        if patterns:
            options = re2.Options()
            options.max_mem = _SET_MEMORY_BYTES
            options.log_errors = False
            self._set = re2.Set.SearchSet(options)
            for pattern in patterns:
                check(pattern)
                self._set.Add(_expression(pattern))
            self._set.Compile()

    def found_in(self, folded: str) -> list[int]:
        """The indices of the patterns that occur in a text that went through `fold`, ascending."""
        if self._set is None:
            return []
        found = self._set.Match(folded.encode(errors="replace"))
        return sorted(found) if found else []


def _expression(pattern: str) -> str:
    words = fold(pattern).split()
    body = r"\s+".join(_word(word) for word in words)
    start = "" if words[0].startswith("*") or _unspaced(words[0][0]) else f"(?:^|{_BOUNDARY})"
    end = "" if words[-1].endswith("*") or _unspaced(words[-1][-1]) else f"(?:$|{_BOUNDARY})"
    return f"{start}{body}{end}"


def _word(word: str) -> str:
    return f"{_WORD}*".join(re2.escape(part) for part in word.split("*"))


def _unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_UNSPACED)
