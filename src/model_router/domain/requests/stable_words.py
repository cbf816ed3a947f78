"""The words of a system text that stay the same from request to request, while the program behind it stays the same.

A program fills dates, numbers, ids, names and passages into its system text. So these are left out: quotations,
documents between tags and after labels such as `Context:`, the values of labels such as `Customer:`, words with a digit
or a sign inside, capitalised words within a sentence, and the few words that change with them (months, `he`, `an`).
What remains must tell programs apart, not be read.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import filterfalse
from pathlib import Path
from typing import Final

from model_router.domain.requests.user_text import Windows, spoken

#: Characters of a text that are looked at; and, of what is no data, at each end.
_WINDOWS: Final = Windows(16_000, 8_000)
_END_CHARS: Final = 2_500
#: Lines that are looked at one by one.
_MOST_LINES: Final = 1_000
#: Words that count, at each end. `_END_CHARS` usually hold more, so that the length of a value before changes nothing.
_END_WORDS: Final = 120
_MOST_FIRSTS: Final = 10
#: Below this, the first words of sentences count even where they may be names: a short text needs each word.
_FEW_WORDS: Final = 6
#: Texts whose words are cached, because an application sends the same one each time: at most 1.5 MB of English text.
_MOST_CACHED: Final = 64


def _load() -> dict[str, frozenset[str]]:
    """The words of all languages, by what they are for."""
    file = Path(__file__).resolve().parents[2] / "stable_words.json"
    lists = json.loads(file.read_text(encoding="utf-8"))
    return {name: frozenset(" ".join(by_language.values()).split()) for name, by_language in lists.items()}


_WORDS: Final = _load()
_CHANGING: Final = _WORDS["changing"]
_DATA: Final = _WORDS["data"]
"""Words of a label that is followed by data."""
_DATA_PARTS: Final = _WORDS["parts of data"]
"""The same, for languages without spaces or with many endings."""
#: What ends data that is longer than a line: a label with one of these, or a first word after an empty line.
_ORDERS: Final = _WORDS["orders"]
_ABOUT_A_PERSON: Final = _WORDS["about a person"]
_NOT_A_NAME: Final = _WORDS["not a name"]
_LONGEST_LABEL: Final = 8
_LONG_VALUE: Final = 200
_SHORT_VALUE: Final = 60
_SHORT_LABEL: Final = 3
_MARKUP: Final = " \t-*#>•·"
_SEPARATORS: Final = ',;:"()[]{}<>*`|'
_SPACED: Final = bytes.maketrans(_SEPARATORS.encode(), b" " * len(_SEPARATORS))
_OTHER_SEPARATORS: Final = re.compile(r"[,;:\"()\[\]{}<>*`|“”„«»‚‘，、。；：！？（）「」『』【】…—–]+")
#: The first word of a sentence, and the next one.
_FIRST: Final = re.compile(
    r"(?:[.!?](?<!Mr\.)(?<!Mrs\.)(?<!Dr\.)\s|\n)[\s\-*#>\d.)(•]{0,12}([^\W\d_]+),? ([^\W\d_]+)(?![\w-])"
)
#: Shorter ones are labels: `reply "allow" or "not now"`.
_QUOTATION: Final = re.compile(r'"[^"\n ]+ [^"\n ]+ [^"\n]*"')
#: `BUG, FEATURE or SPAM` is a list of labels; `CEO` by itself may be a person's.
_LABELS: Final = re.compile(r"[A-Z_]{2,}(?:\s+(?:or\s+|and\s+)?[A-Z_]{2,}\b)+")
_TITLED: Final = re.compile(
    "(?:[一-龯ァ-ヶー々]{1,4} )?[一-龯ァ-ヶー々]{1,8}(?=様|さん|氏|先生|女士|小姐)|[가-힣]{2,4}(?=님|씨)"
)


def stable_words(text: str) -> str:
    """The words that stay the same, in order and separated by spaces: in linear time, and of a bounded part."""
    if len(text) <= _WINDOWS.head_chars + _WINDOWS.tail_chars:
        return _cached(text)
    return words_of(text)


def words_of(text: str) -> str:
    """`stable_words` of a text that was not seen before."""
    said = "\n".join(_without_data("\n".join(spoken(text, _WINDOWS))))
    if '"' in said:
        said = _QUOTATION.sub(" ", said)
    if len(said) <= 2 * _END_CHARS:
        head = tail = _kept(said)
    else:
        head, tail = _kept(said[:_END_CHARS]), _kept(said[-_END_CHARS:])
    firsts = _first_words(said[:_END_CHARS], few=len(head) < _FEW_WORDS)
    return " ".join([*head[:_END_WORDS], *firsts[:_MOST_FIRSTS], *tail[-_END_WORDS:]])


_cached = lru_cache(maxsize=_MOST_CACHED)(words_of)


def _kept(said: str) -> list[str]:
    """The words in small letters without a digit or a sign inside, and lists of labels in capitals."""
    if said.isascii():
        spaced = said.encode().translate(_SPACED).decode()
        words: Iterable[str] = filter(str.isalpha, filter(str.islower, spaced.split()))
    else:
        spaced = _OTHER_SEPARATORS.sub(" ", _TITLED.sub(" ", said))
        words = (word for word in spaced.split() if word.isalpha() and word == word.lower())
    kept = list(filterfalse(_CHANGING.__contains__, words))
    return kept + _LABELS.findall(spaced)


def _first_words(said: str, *, few: bool) -> list[str]:
    """The first words of sentences, which have a capital. One that may be a name counts only where words are few."""
    pairs = _FIRST.findall(f"\n{said}")
    found = [(first.lower(), after) for first, after in pairs if first.istitle() and after.islower()]
    return [first for first, after in found if first not in _CHANGING and (few or not _may_be_name(first, after))]


def _may_be_name(first: str, after: str) -> bool:
    return after in _ABOUT_A_PERSON and first not in _NOT_A_NAME


def _without_data(text: str) -> Iterator[str]:
    """The lines without the values of labels, and without the lines of data after a label."""
    in_data = after_empty_line = False
    for line in text.split("\n", _MOST_LINES):
        bare = line.strip(_MARKUP)
        label, value = _parts(bare, heading=line.startswith("#"))
        words = label.lower().split()
        if in_data and not _ends_data(words, bare, value, after_empty_line=after_empty_line):
            pass
        elif _is_data(label, words, value):
            yield label
            in_data = not value or len(value) > _LONG_VALUE
        else:
            yield line
            in_data = False
        after_empty_line = not bare


def _parts(line: str, *, heading: bool) -> tuple[str, str]:
    """(label, value) of `Label: value` or of a heading; ("", line) for any other line."""
    label, colon, value = line.replace("：", ":", 1).partition(":")  # also that of Chinese and Japanese
    if (not colon and not heading) or label.count(" ") >= _LONGEST_LABEL:
        return "", line
    return label, value.strip(_MARKUP)


def _is_data(label: str, words: list[str], value: str) -> bool:
    """Whether what follows a label changes: by the label's words, or as a short value such as `Forum: Boats`."""
    if not label:
        return False
    if not _DATA.isdisjoint(words):
        return True
    if 0 < len(value) <= _SHORT_VALUE and len(words) <= _SHORT_LABEL:
        return _ORDERS.isdisjoint(words)
    return not label.isascii() and any(part in label for part in _DATA_PARTS)


def _ends_data(words: list[str], line: str, value: str, *, after_empty_line: bool) -> bool:
    if words:
        return not value and not _ORDERS.isdisjoint(words)
    return after_empty_line and not _ORDERS.isdisjoint(line.lower().split(maxsplit=1)[:1])
