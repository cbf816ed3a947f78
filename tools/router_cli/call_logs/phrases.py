"""Words that tell work for a cheaper tier: phrases of labelled prompts, to be patterns of the rules."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from model_router.domain.requests.user_text import Windows, spoken
from model_router.domain.routing.patterns import fold

MOST_PHRASES = 20
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 3
_LEAST_PROMPTS = 5
_LEAST_SOURCES = 3
_MOST_WRONG = Decimal("0.02")
_WINDOWS = Windows(2000, 2000)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A labelled prompt: what its going to the cheaper tier would save (zero: it is there), and whether it may."""

    text: str
    source: str
    may_go: bool
    saving_usd: Decimal


@dataclass(slots=True)
class _Seen:
    """Where a phrase occurs: the prompts that would move rightly, their sources, how many may and may not be there."""

    moving: list[int] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    right: int = 0
    wrong: int = 0

    def tells(self) -> bool:
        enough = len(self.moving) >= _LEAST_PROMPTS and len(self.sources) >= _LEAST_SOURCES
        return enough and self.wrong <= _MOST_WRONG * (self.right + self.wrong)


def find_phrases(prompts: Sequence[Prompt], most: int = MOST_PHRASES) -> list[str]:
    """The phrases that save most, each counted without what the ones before it move; the best first."""
    seen: dict[str, _Seen] = {}
    for place, prompt in enumerate(prompts):
        for phrase in phrases_of(prompt.text):
            found = seen.setdefault(phrase, _Seen())
            if not prompt.may_go:
                found.wrong += 1
                continue
            found.right += 1
            if prompt.saving_usd > 0:
                found.moving.append(place)
                found.sources.add(prompt.source)
    telling = {phrase: found.moving for phrase, found in seen.items() if found.tells()}
    return _chosen(telling, [prompt.saving_usd for prompt in prompts], most)


def phrases_of(text: str) -> set[str]:
    """Every run of up to three words in what the router would search of a user's text."""
    return {phrase for part in spoken(text, _WINDOWS) for phrase in _runs(fold(part))}


def _runs(text: str) -> Iterator[str]:
    words = list(_WORD.finditer(text))
    for place in range(len(words)):
        run = [words[place][0]]
        yield run[0]
        for before, after in zip(words[place:], words[place + 1 : place + _LONGEST], strict=False):
            if not text[before.end() : after.start()].isspace():
                break
            run.append(after[0])
            yield " ".join(run)


def _chosen(telling: dict[str, list[int]], savings: Sequence[Decimal], most: int) -> list[str]:
    chosen: list[str] = []
    moved: set[int] = set()
    while telling and len(chosen) < most:
        worth = {phrase: _sum(savings, set(places) - moved) for phrase, places in telling.items()}
        # Of phrases that do the same, the longest says most about why.
        best = max(worth, key=lambda phrase: (worth[phrase], len(phrase), phrase))
        if len(set(telling[best]) - moved) < _LEAST_PROMPTS:
            break
        chosen.append(best)
        moved.update(telling.pop(best))
        telling = {phrase: places for phrase, places in telling.items() if not moved.issuperset(places)}
    return chosen


def _sum(savings: Sequence[Decimal], places: Iterable[int]) -> Decimal:
    return sum((savings[place] for place in places), Decimal(0))
