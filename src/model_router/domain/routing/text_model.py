"""A linear model that says how much a text looks like work for the cheapest tier, and what makes it look so.

Weights are whole hundredths of a logit, keyed by the names of `text_features`: the sum is exact, so the same text
gives the same confidence on every machine. The packaged one is `text_model.json`, trained by
`python -m devtools.text_model`.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from sys import intern
from typing import Annotated

from pydantic import Field

from model_router.domain.routing.text_features import Shape
from model_router.domain.strict_model import Strict

SCALE = 100
"""Weight units in a logit."""

_MOST_REASONS = 3
# Weaker features are many in any text, and say little each.
_WORTH_A_WORD = SCALE // 5
_STRUCTURE_WORDS = {
    "s:yes or no question": "a yes or no question",
    "s:ends with a question": "a question after the text",
    "s:begins with a question": "a question before the text",
    "s:examples short": "examples with short answers",
    "s:examples json": "examples with JSON answers",
    "f:answers short": "earlier answers of a few words",
    "f:answers json": "earlier answers in JSON",
    "f:one tool": "a tool that must be called",
    "f:any tool": "a tool that must be called",
    "f:closed schema": "an answer of labels and numbers only",
    "f:few tokens": "a small max_tokens",
    "f:very few tokens": "a small max_tokens",
    "f:prefill": "an answer that is begun",
    "s:json": "a JSON object to fill in",
    "s:fields 1": "a labelled field",
    "s:fields 2": "labelled fields",
    "s:fields 3": "labelled fields",
    "s:option lines 2": "a list of options",
    "s:option lines 3": "a list of options",
    "s:option lines 4": "a list of options",
    "s:or JUDGEMENT JUDGEMENT": "a choice between given labels",
    "s:or JUDGEMENT NOT": "a choice between given labels",
    "s:or NOT JUDGEMENT": "a choice between given labels",
    "s:or SAME SAME": "a choice between given labels",
    "s:or NOT NOT": "a choice between given labels",
    "s:or x NOT": "a choice between yes and no",
    "s:or x x": "a choice between given labels",
}


class TextModelFile(Strict):
    """What is shipped: the weights, and where they come from."""

    version: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[a-z0-9.-]{0,20}$")]
    trained_on: str
    licence: str
    bias: int
    weights: Mapping[str, int]


class TextModel:
    """Weights by feature. A score is a logit times `SCALE`; above 0 is more likely easy than not."""

    def __init__(self, version: str, bias: int, weights: Mapping[str, int]) -> None:
        self.version = version
        self.bias = bias
        self.weights = weights
        # As a `Shape` has them, without names: a word, a group in capitals, a pair, a name of structure.
        self._known = {_as_in_shape(name): weight for name, weight in weights.items()}
        self._names = frozenset(self._known)
        # What is worth telling a person, strongest first once it is sorted.
        telling = {name: weight for name, weight in weights.items() if weight >= _WORTH_A_WORD}
        self._telling_words = {
            name[2:]: (-weight, f'"{name[2:]}"') for name, weight in telling.items() if name[0] == "w"
        }
        self._telling_structure = {
            name: (-weight, _STRUCTURE_WORDS[name]) for name, weight in telling.items() if name in _STRUCTURE_WORDS
        }

    def score(self, shape: Shape) -> int:
        """The bias and the sum of the weights of all `shape.features()`."""
        groups = shape.groups
        known = self._names.intersection([*shape.words, *groups, *pairwise(groups), *shape.structure])
        return self.bias + sum(map(self._known.__getitem__, known))

    def explain(self, shape: Shape) -> list[str]:
        """The strongest words and structure that speak for easy, strongest first. They quote the text."""
        words, structure = self._telling_words, self._telling_structure
        known = {words[word] for word in words.keys() & shape.words}
        known.update([structure[name] for name in structure.keys() & shape.structure])
        return list(dict.fromkeys([said for _, said in sorted(known)]))[:_MOST_REASONS]


def _as_in_shape(name: str) -> str | tuple[str, str]:
    """A feature without its kind. Interned, as the lexicon's groups are: these are then known by their addresses."""
    kind, rest = name[:2], name[2:]
    if kind == "b:":
        one, _, two = rest.partition(" ")
        return intern(one), intern(two)
    return intern(rest if kind in ("w:", "g:") else name)


def parse_text_model(text: str) -> TextModel:
    """The model in a file's text; pydantic's ValidationError or JSONDecodeError: it is none."""
    file = TextModelFile.model_validate(json.loads(text))
    return TextModel(file.version, file.bias, dict(file.weights))


@cache
def packaged_text_model() -> TextModel:
    """The model as it is shipped. A constant of the package, like a table in the code, and read once."""
    return parse_text_model((Path(__file__).resolve().parents[2] / "text_model.json").read_text(encoding="utf-8"))


def score_at(percent: int) -> int:
    """The score at which the confidence is `percent` (1 to 99)."""
    return round(SCALE * math.log(percent / (100 - percent)))


def percent_at(score: int) -> int:
    """The confidence at a score, in whole percent."""
    return round(100 / (1 + math.exp(-score / SCALE))) if abs(score) < 20 * SCALE else (100 if score > 0 else 0)
