"""`language`: the answer is in an allowed language. Short and mixed texts pass as undecided."""

import contextlib
import dataclasses
import json
import re
from collections import Counter
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from model_router.domain.validators.base import InvalidValidator, Spec, Validator, Verdict, failed, passed, undecided
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.json_text import NotJson, parse
from model_router.domain.validators.quotes import extracted

_DATA = json.loads((Path(__file__).resolve().parents[2] / "languages.json").read_text(encoding="utf-8"))
SCRIPT_OF = {code: script for script, codes in _DATA["scripts"].items() for code in codes.split()}
"""Languages and their scripts. Languages in Latin script are recognised by their words."""
BLOCKS = tuple((script, int(first, 16), int(last, 16)) for script, first, last in _DATA["blocks"])
"""First and last code point of each script's blocks. A text with kana is Japanese, even with Han characters."""
LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
"""Each word with the languages that have it."""
for _code, _words in _DATA["words"].items():
    for _word in dict.fromkeys(_words.split()):
        LANGUAGES_OF[_word] = (*LANGUAGES_OF.get(_word, ()), _code)

#: Characters that are read. The beginning of a text is enough to recognise its language.
_MAX_TEXT = 20_000
#: Conditions for a decision: the letters of a script and its share, the function words and their lead.
_LETTERS = {"han": 8, "japanese": 8, "hangul": 8}
_FEWEST_LETTERS = 20
_SHARE = 0.8
_FEWEST_WORDS = 4
_LEAD = 2

# These patterns take linear time.
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+")


class LanguageSpec(Spec):
    """`languages` are the codes (ISO 639-1) of the allowed languages.

    Languages in Latin script (en de fr es it pt nl sv da pl tr fi ro id) are recognised by their function words: at
    least four different ones, and twice as many as any allowed language has. The others are recognised by script: ru uk
    bg, ar fa ur, hi mr ne (languages of one script are not told apart), el he th ko ja zh. Code, URLs and the keys of a
    JSON answer are ignored.
    """

    NAME: ClassVar[str] = "language"
    type: Literal["language"]
    languages: list[str] = Field(min_length=1, max_length=10)

    def build(self) -> Validator:
        for index, code in enumerate(self.languages):
            if code not in SCRIPT_OF:
                raise InvalidValidator(f"must be one of {', '.join(SCRIPT_OF)}", f"languages[{index}]")
        return Language(tuple(self.languages))


@dataclasses.dataclass(frozen=True, slots=True)
class Language:
    languages: tuple[str, ...]
    type: str = LanguageSpec.NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        budget.check()
        text = _prose(answer)
        script = _script(text)
        allowed = {SCRIPT_OF[code] for code in self.languages}
        if script is None:
            return undecided(self.type, "The answer is too short or too mixed to recognise its language.")
        if not _may_be(script, allowed):
            return failed(self.type, "other_script", f"The answer is in {script} script; {self._wanted()} is required.")
        if script != "latin":
            return passed(self.type)
        return self._by_words(text)

    def _by_words(self, text: str) -> Verdict:
        hits: Counter[str] = Counter()
        for word in set(_WORD.findall(text.lower())):
            hits.update(LANGUAGES_OF.get(word, ()))
        wanted = max(hits[code] for code in self.languages)
        likeliest, most = hits.most_common(1)[0] if hits else ("", 0)
        if most < _FEWEST_WORDS:
            return undecided(self.type, "The answer has too few function words to recognise its language.")
        if likeliest not in self.languages and most >= _LEAD * wanted:
            return failed(
                self.type, "other_language", f"The answer appears to be in {likeliest}; {self._wanted()} is required."
            )
        if wanted == most:
            return passed(self.type)
        return undecided(self.type, "The answer mixes languages, or similar languages cannot be told apart.")

    def _wanted(self) -> str:
        return " or ".join(self.languages)


def _prose(answer: str) -> str:
    """The text of an answer without code and URLs; of JSON, the strings that are values."""
    text = answer[:_MAX_TEXT]
    if text.lstrip()[:1] in ("{", "["):
        with contextlib.suppress(NotJson):  # it is no JSON, although it begins with a bracket
            text = " ".join(extracted(parse(text), ())[0])
    return _CODE.sub(" ", text)


def _script(text: str) -> str | None:
    """The script of at least 80 % of the letters, or None."""
    counts = Counter(
        script for char, times in Counter(text).items() if char.isalpha() for script in [_of(char)] * times
    )
    if counts["japanese"] * 10 >= counts["han"] and counts["japanese"]:
        counts["japanese"] += counts.pop("han", 0)
    script, most = counts.most_common(1)[0] if counts else ("", 0)
    enough = most >= _LETTERS.get(script, _FEWEST_LETTERS) and most >= _SHARE * counts.total()
    return script if enough else None


def _of(char: str) -> str:
    point = ord(char)
    return next((script for script, first, last in BLOCKS if first <= point <= last), "other")


def _may_be(script: str, allowed: set[str]) -> bool:
    """Han without kana may be Japanese, such as a title or a list of names."""
    return script in allowed or script == "other" or (script == "han" and "japanese" in allowed)
