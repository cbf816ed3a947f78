"""Finds which of many phrases occur in a text as whole words, in time linear in the phrases and the text."""

import re
import unicodedata
from collections import deque
from collections.abc import Collection, Iterator

from model_router.domain.validators.budget import UNLIMITED, Budget

#: Phrases that are searched one by one with `str.find`. Together they take as long as the automaton.
_SEARCHED = 100
#: Occurrences inside longer words after which such a search gives up: a few, and more in proportion to the text.
_TRIES = 16
_CHARACTERS_PER_TRY = 4096

#: Scripts without spaces between words, or (Hangul) with joined endings. Every place in them is a word's edge.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_UNSPACED_CHAR = re.compile(f"[{_UNSPACED}]")


def occurring(phrases: Collection[str], text: str, budget: Budget = UNLIMITED) -> set[str]:
    """The phrases that occur in `text` as whole words ("art" does not occur in "party"). Raises OutOfTime.

    Phrases and text must have the same normal form.
    """
    found: set[str] = set()
    hard: list[str] = []
    for number, phrase in enumerate(budget.watch(phrases, 8)):
        occurs = _search(phrase, text) if number < _SEARCHED else None
        if occurs is None:
            hard.append(phrase)
        elif occurs:
            found.add(phrase)
    return found | _Automaton(hard, text, budget).found if hard else found


def _search(phrase: str, text: str) -> bool | None:
    """Whether the phrase occurs, or None if that is unclear after a few tries."""
    at = text.find(phrase) if phrase else -1
    for _ in range(_TRIES + len(text) // _CHARACTERS_PER_TRY):
        if at < 0:
            return False
        end = at + len(phrase)
        if _edge(text[at - 1 : at], phrase[0]) and _edge(phrase[-1], text[end : end + 1]):
            return True
        at = text.find(phrase, at + 1)
    return None


class _Automaton:
    """Aho and Corasick's automaton over tokens. Words end only between tokens, so a phrase occurs as whole words
    exactly where its tokens follow each other.
    """

    def __init__(self, phrases: Collection[str], text: str, budget: Budget) -> None:
        self.found: set[str] = set()
        token = _token_pattern(text)
        self._next: list[dict[str, int]] = [{}]
        self._ends: list[str | None] = [None]
        for phrase in budget.watch(phrases, 8):
            self._add(phrase, token)
        self._link(budget)
        self._run(match.group() for match in budget.watch(token.finditer(text)))

    def _add(self, phrase: str, token: re.Pattern[str]) -> None:
        state = 0
        for match in token.finditer(phrase):
            following = self._next[state].setdefault(match.group(), len(self._next))
            if following == len(self._next):
                self._next.append({})
                self._ends.append(None)
            state = following
        if state:
            self._ends[state] = phrase

    def _link(self, budget: Budget) -> None:
        """Computes for each state its longest proper suffix and the next suffix that ends a phrase."""
        self._suffix = [0] * len(self._next)
        self._shorter = [0] * len(self._next)
        waiting = deque([0])
        for state in budget.watch(_drained(waiting)):
            for word, following in self._next[state].items():
                waiting.append(following)
                suffix = self._suffix[following] = self._step(self._suffix[state], word) if state else 0
                self._shorter[following] = suffix if self._ends[suffix] is not None else self._shorter[suffix]

    def _step(self, state: int, word: str) -> int:
        while state and word not in self._next[state]:
            state = self._suffix[state]
        return self._next[state].get(word, 0)

    def _run(self, words: Iterator[str]) -> None:
        state = 0
        for word in words:
            state = self._step(state, word)
            ended = state
            while ended:
                if (phrase := self._ends[ended]) is not None:
                    self.found.add(phrase)
                    self._ends[ended] = None
                ended, self._shorter[ended] = self._shorter[ended], 0


def _drained(waiting: deque[int]) -> Iterator[int]:
    while waiting:
        yield waiting.popleft()


def _token_pattern(text: str) -> re.Pattern[str]:
    """A pattern for tokens: the longest run of characters of one word, otherwise one character."""
    if text.isascii():
        return re.compile(r"\w+|\W")
    marks = "".join(map(re.escape, sorted(char for char in set(text) if _is_mark(char) and not _unspaced(char))))
    in_word = rf"[^\W{_UNSPACED}]"
    return re.compile(rf"(?:{in_word}|[{marks}])+|." if marks else rf"{in_word}+|.", re.DOTALL)


def _edge(left: str, right: str) -> bool:
    """Whether a word ends between two characters (an empty one is the end of the text)."""
    return not (_in_word(left) and _in_word(right)) or _unspaced(left) or _unspaced(right)


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or _is_mark(char)


def _is_mark(char: str) -> bool:
    return char > "\x7f" and unicodedata.category(char)[0] == "M"


def _unspaced(char: str) -> bool:
    return char > "\u0dff" and _UNSPACED_CHAR.match(char) is not None
