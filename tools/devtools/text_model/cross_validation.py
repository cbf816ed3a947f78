"""Judges a way of training: every request by a model that saw nothing of its group."""

import random
from collections.abc import Callable, Iterator, Sequence

from devtools.text_model.labelled import Labelled, read_seeds
from devtools.text_model.training import examples_of, fit
from model_router.domain.routing.text_model import TextModel

FOLDS = 10


def by_source(row: Labelled) -> str:
    return row.source


def by_family(row: Labelled) -> str:
    return row.family


def folds_of(rows: Sequence[Labelled], group: Callable[[Labelled], str] = by_source) -> list[int]:
    """The fold of each row: whole groups, dealt out at random, the same way on each run."""
    groups = sorted({group(row) for row in rows})
    random.Random(3).shuffle(groups)  # noqa: S311 - a split, not a secret
    fold = {name: place % FOLDS for place, name in enumerate(groups)}
    return [fold[group(row)] for row in rows]


def cross_validated(
    rows: Sequence[Labelled], easy_tier: str, group: Callable[[Labelled], str] = by_source
) -> Iterator[tuple[TextModel, list[Labelled]]]:
    """For each fold, a model fitted without it, and its rows."""
    folds = folds_of(rows, group)
    examples = examples_of(rows, easy_tier)
    seeds = examples_of(read_seeds(), easy_tier)
    for number in range(FOLDS):
        training = [example for example, fold in zip(examples, folds, strict=True) if fold != number]
        model = fit([*training, *seeds], "2000-01-01-fold")
        yield model, [row for row, fold in zip(rows, folds, strict=True) if fold == number]
