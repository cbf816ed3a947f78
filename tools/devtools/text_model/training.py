"""Fits the linear text model: logistic regression with an L2 penalty, in plain Python, the same result on each run.

A feature is kept where it occurs under several sources (templates, tasks, clients), so that the model learns ways of
asking and not one log's wording. Words that every text has, and pairs of words that are in no group of the lexicon,
are left out: they memorise.
"""

import math
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from devtools.text_model.labelled import Labelled
from model_router.domain.requests.user_text import Windows, own_words_of, placed_user_turns
from model_router.domain.routing.answer_form import form_of
from model_router.domain.routing.lexicon import words
from model_router.domain.routing.text_features import Shape, Turn, shape_of, system_shape
from model_router.domain.routing.text_model import SCALE, TextModel

MIN_SOURCES: Final = 3
#: Easy requests count more: otherwise a log of mostly harder work would make the model too shy to be of use.
_EASY_WEIGHT: Final = 2.5
#: A request that no tier is claimed for probably gets the default tier, and counts little.
_UNCLAIMED_WEIGHT: Final = 0.25
#: The requests of a source together count as their number to the power of 1 less this.
_CROWDING: Final = 0.15
_ROUNDS: Final = 20
#: The last rounds, whose weights are averaged: what the single steps still jump about by cancels out.
_AVERAGED: Final = 8
_FIRST_STEP: Final = 0.05
#: The penalty on the squared weights, over all rows: smaller is stricter.
_STRENGTH: Final = 1.0
_WINDOWS: Final = Windows(2000, 2000)
_EVERYWHERE: Final = words(
    """a an the and of to in on at by with for from as is are was were be been it its that those you he she they your
    their his her if but do does did has have had will would can could should may might there here then than about into
    out up down what which who when where all any some one no please ? :"""
)


@dataclass(frozen=True, slots=True)
class Example:
    """A request's features. `source` groups requests that were written alike; `weight` is how much it counts."""

    source: str
    features: frozenset[str]
    easy: bool
    weight: float


def shape_of_request(row: Labelled) -> Shape:
    """What the router looks at in a request's first user turn."""
    messages = row.body["messages"]
    turn = next((own_words_of(messages[place]) for place, _ in placed_user_turns(messages)), "")
    return shape_of(Turn.of(turn, _WINDOWS), system_shape(row.body), form_of(row.body))


def examples_of(rows: Sequence[Labelled], easy_tier: str) -> list[Example]:
    crowd = Counter(row.source for row in rows)
    examples = []
    for row in rows:
        easy = row.want == easy_tier
        weight = _EASY_WEIGHT if easy else _UNCLAIMED_WEIGHT if row.want is None else 1.0
        features = frozenset(filter(_is_learnt, shape_of_request(row).features()))
        examples.append(Example(row.source, features, easy, weight * crowd[row.source] ** -_CROWDING))
    return examples


def fit(examples: Sequence[Example], version: str) -> TextModel:
    """The model of some examples; features of no weight are left out."""
    kept = _kept(examples)
    place = {feature: number for number, feature in enumerate(kept)}
    rows = [
        ([place[feature] for feature in sorted(example.features) if feature in place], example.easy, example.weight)
        for example in examples
    ]
    bias, weights = _descend(rows, len(kept))
    scaled = {feature: round(SCALE * weight) for feature, weight in zip(kept, weights, strict=True)}
    return TextModel(version, round(SCALE * bias), {name: weight for name, weight in scaled.items() if weight})


def _is_learnt(feature: str) -> bool:
    kind, rest = feature[:2], feature[2:]
    if kind == "w:":
        return rest not in _EVERYWHERE
    return kind != "b:" or any(part.isupper() for part in rest.split())


def _kept(examples: Sequence[Example]) -> list[str]:
    sources: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        for feature in example.features:
            sources[feature].add(example.source)
    return sorted(feature for feature, sources_of_feature in sources.items() if len(sources_of_feature) >= MIN_SOURCES)


def _descend(rows: Sequence[tuple[list[int], bool, float]], size: int) -> tuple[float, list[float]]:
    """Stochastic gradient descent with a falling step. The penalty shrinks all weights by one common factor."""
    penalty = 1 / (_STRENGTH * len(rows))
    weights, factor, bias = [0.0] * size, 1.0, 0.0
    sums, bias_sum = [0.0] * size, 0.0
    order = list(range(len(rows)))
    chance = random.Random(11)  # noqa: S311 - an order, not a secret
    taken = 0
    for number in range(_ROUNDS):
        chance.shuffle(order)
        for row in order:
            places, easy, importance = rows[row]
            step = _FIRST_STEP / (1 + _FIRST_STEP * penalty * taken)
            taken += 1
            score = bias + factor * sum([weights[place] for place in places])
            error = importance * (1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) - easy)
            factor *= 1 - step * penalty
            bias -= step * error
            change = step * error / factor
            for place in places:
                weights[place] -= change
        if number >= _ROUNDS - _AVERAGED:
            sums = [total + factor * weight for total, weight in zip(sums, weights, strict=True)]
            bias_sum += bias
    return bias_sum / _AVERAGED, [total / _AVERAGED for total in sums]
