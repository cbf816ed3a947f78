"""Fits the linear text model: logistic regression with an L2 penalty, in plain Python, the same result on each run.

A feature is kept where it occurs under several sources (templates, in logs: tasks or clients), so that the model
learns ways of asking and not one log's wording.
"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from model_router.domain.routing.text_model import SCALE, TextModel

MIN_SOURCES: Final = 4
_ROUNDS: Final = 30
#: The last rounds, whose weights are averaged: what the single steps still jump about by cancels out.
_AVERAGED: Final = 10
_FIRST_STEP: Final = 0.05
#: The penalty on the squared weights, over all rows: smaller is stricter.
_STRENGTH: Final = 0.3


@dataclass(frozen=True, slots=True)
class Example:
    """A prompt's features. `source` groups prompts that were written alike; `weight` is how much it counts."""

    source: str
    features: frozenset[str]
    easy: bool
    weight: float


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


def _kept(examples: Sequence[Example]) -> list[str]:
    sources: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        for feature in example.features:
            sources[feature].add(example.source)
    return sorted(feature for feature, found in sources.items() if len(found) >= MIN_SOURCES)


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
