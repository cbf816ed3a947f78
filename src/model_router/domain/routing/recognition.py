"""Whether a turn looks like work for the cheapest tier, like harder work, or like neither.

Neither is the usual answer: "no signal" never means "simple". A turn is easy only where the text model is confident
and nothing about its structure (code, a calculation) speaks against it.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from model_router.domain.requests.user_text import texts
from model_router.domain.routing.text_features import NO_SHAPE, Shape, shape_of
from model_router.domain.routing.text_model import TextModel, percent_at, score_at

# What a system text that asks for a short labelled answer adds to the score: it makes easy 3.7 times as likely.
_LABEL_ONLY_BONUS = 130
# From here on, numbers or a technical word in the text are what is asked about, not what is asked for.
_BEYOND_DOUBT = score_at(80)
_SYSTEM_REACH = 600
_LABEL_ONLY = re.compile(
    r"\b(?:answer|respond|reply|output|return|say|print)\b[^.\n]{0,40}?"
    r"\b(?:(?:one|single|1)[ -](?:word|label|letter|token)|one of\b|(?:yes|true)(?: or |/)(?:no|false)"
    r"|only (?:with )?(?:the |a )?(?:label|category|class|number|rating|score)\b)",
    re.IGNORECASE,
)
# Steps of `text_features`: from two technical words, three quantities and three numbers on.
_TECHNICAL = frozenset(("s:hard words 2", "s:hard words 3", "s:hard words 4"))
_QUANTITIES = frozenset(("s:quantities 2", "s:quantities 3", "s:quantities 4"))
_NUMBERS = frozenset(("s:numbers 2", "s:numbers 3"))
# Something to judge, or to judge by: without one of these a question is talk ("can we meet?"), however it is shaped.
_OBJECTS = frozenset(
    ("LABEL", "RATING", "SAME", "JUDGEMENT", "TEXT", "WHO", "PICK", "this", "these", "that", "below", "above")
)
# What an asking part that begins so wants is made, not chosen, whatever else is asked about.
_MAKING = frozenset(
    ("^", word)
    for word in re.findall(
        r"\w+",
        """write compose create generate draft design develop construct prepare produce rewrite reword edit improve
        translate convert correct fix expand continue brainstorm invent implement refactor summarize summarise condense
        shorten explain discuss compare analyze analyse elaborate imagine pretend act plan argue prove""",
    )
)
_COURTESIES = frozenset(
    ("please", "can", "could", "would", "will", "you", "kindly", "now", "then", "just", "i", "want", "to")
)
# A shorter turn ("and this one?") says too little to speak against anything.
_WORDS_THAT_SAY_ENOUGH = 8


class Recognition(NamedTuple):
    """What a turn looks like. Its words are put together when somebody wants them: most decisions do not.

    `hard` comes of structure, `doubtful` of the model: it finds next to nothing of easy work.
    """

    kind: Literal["easy", "hard", "doubtful", "unsure"]
    shape: Shape = NO_SHAPE
    score: int = 0
    #: Why, less what `reason` finds in the shape.
    said: str = ""
    model: TextModel | None = None

    @property
    def reason(self) -> str:
        """Why, in words that may quote the turn."""
        if self.kind == "easy" and self.model is not None:
            signs = [*self.model.explain(self.shape), *([self.said] if self.said else [])]
            return f"it looks like that ({percent_at(self.score)} % sure: {', '.join(signs)})"
        if self.kind == "doubtful":
            return f"the text does not look like task {self.said} ({percent_at(self.score)} %)"
        return self.said

    @property
    def asked(self) -> frozenset[str]:
        """The words that can be an order for all that speaks against it: of a doubtful turn's asking parts all, of a
        hard one's only those that a part begins with ("Extract …", "please classify …")."""
        if self.kind == "doubtful":
            return frozenset([word for part in self.shape.asks.parts() for word in part])
        return _orders(self.shape) if self.kind == "hard" else frozenset()


UNSURE = Recognition("unsure")


class SystemText:
    """The system text (or blocks) of a request, read at most once for all turns."""

    __slots__ = ("_asks_for_a_label", "_system", "is_given")

    def __init__(self, system: object) -> None:
        self._system = system
        self._asks_for_a_label: bool | None = None
        self.is_given = system is not None

    def asks_for_a_label(self) -> bool:
        """Whether it asks for one word or label. Only the shape of the answer is looked for in it."""
        if self._asks_for_a_label is None:
            self._asks_for_a_label = self.is_given and _asks_for_a_label(self._system)
        return self._asks_for_a_label


class Recogniser:
    """A text model with the confidence that a rule set asks of it, in percent."""

    def __init__(self, model: TextModel, task: str, easy_from: int, hard_up_to: int) -> None:
        self._model = model
        self._easy_from = score_at(easy_from)
        self._hard_up_to = score_at(hard_up_to)
        self.task = task
        self.rule = f"{task}: text model {model.version}"

    def recognise(self, folded: Sequence[str], system: SystemText) -> Recognition:
        """What a turn looks like whose searched parts went through `fold`, under a system text."""
        shape = shape_of(folded)
        return self._judged(shape, self._model.score(shape), system)

    def easy(self, folded: Sequence[str], system: SystemText) -> Recognition:
        """The same where nothing matters but whether it is easy; what is not, is UNSURE.

        The asking parts alone mostly tell that it is not: the structure of the rest could not make it easy any more.
        """
        shape = shape_of(folded)
        score = self._model.of_asks(shape)
        bonus = _LABEL_ONLY_BONUS if system.is_given else 0
        if score + self._model.most_of_text + bonus < self._easy_from:
            return UNSURE
        found = self._judged(shape, score + self._model.of_text(shape), system)
        return found if found.kind == "easy" else UNSURE

    def _judged(self, shape: Shape, score: int, system: SystemText) -> Recognition:
        if score < _BEYOND_DOUBT and (against := _structure_against(shape)):
            return Recognition("hard", shape, score, f"the text looks like harder work: {against}")
        labels_only = score < self._easy_from and system.asks_for_a_label()
        if labels_only:
            score += _LABEL_ONLY_BONUS
        if score >= self._easy_from and _may_be_easy(shape):
            said = "the system text asks for a label" if labels_only else ""
            return Recognition("easy", shape, score, said, self._model)
        if score <= self._hard_up_to and shape.asks.size() >= _WORDS_THAT_SAY_ENOUGH:
            return Recognition("doubtful", shape, score, self.task)
        return UNSURE


def _orders(shape: Shape) -> frozenset[str]:
    """The words that asking parts begin with, courtesies aside."""
    return frozenset(next((word for word in part if word not in _COURTESIES), "") for part in shape.asks.parts())


def _may_be_easy(shape: Shape) -> bool:
    return not _OBJECTS.isdisjoint(shape.asks.groups) and _MAKING.isdisjoint(pairwise(shape.asks.words))


def _structure_against(shape: Shape) -> str:
    found = shape.of_text
    if "s:code" in found:
        return "it holds code"
    if "s:lettered options" in found:
        return "a question with answers by letter"
    if not found.isdisjoint(_TECHNICAL):
        return "words of mathematics, logic or programming"
    if not found.isdisjoint(_QUANTITIES) and not found.isdisjoint(_NUMBERS):
        return "quantities to calculate with"
    return ""


def _asks_for_a_label(system: object) -> bool:
    parts = list(texts(system))
    if not parts:
        return False
    head, tail = parts[0][:_SYSTEM_REACH], parts[-1][-_SYSTEM_REACH:]
    return bool(_LABEL_ONLY.search(head) or (tail != head and _LABEL_ONLY.search(tail)))
