"""Reads labelled logs and turns them into examples to train on."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devtools.text_model.seeds import seed_prompts
from devtools.text_model.training import Example
from model_router.domain.requests.user_text import Windows, spoken
from model_router.domain.routing.patterns import fold
from model_router.domain.routing.text_features import Shape, shape_of

#: Easy prompts count double: without it, a log of mostly harder work would make the model too shy to be of use.
EASY_WEIGHT: Final = 2.0
#: A prompt that no tier is claimed for is taken for one that the default tier gets, and counts little.
UNCLAIMED_WEIGHT: Final = 0.25
_WINDOWS: Final = Windows(2000, 2000)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A line of a labelled log. `want`: the tier that it should get, or `above-x` for a higher one; None: no claim."""

    source: str
    kind: str
    prompt: str
    want: str | None


def read_labelled(paths: Iterable[Path]) -> Iterator[Labelled]:
    """The lines of JSONL files; ValueError names the first line that is none. A line without a `source` is its own."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _labelled(line, f"{path.name}:{number}")


def _labelled(line: str, where: str) -> Labelled:
    try:
        row = json.loads(line)
        prompt, want = row["prompt"], row.get("want")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{where}: is not a JSON object with a prompt") from None
    if not isinstance(prompt, str) or not (want is None or isinstance(want, str)):
        raise ValueError(f"{where}: prompt must be a text, want a text or null")
    return Labelled(str(row.get("source", where)), str(row.get("kind", "")), prompt, want)


def shape_of_prompt(prompt: str) -> Shape:
    """What the router would see of a prompt: the same windows and folding."""
    return shape_of([fold(part) for part in spoken(prompt, _WINDOWS)])


def features_of(prompt: str) -> frozenset[str]:
    return frozenset(shape_of_prompt(prompt).features())


def examples_of(rows: Sequence[Labelled], easy_tier: str) -> list[Example]:
    return [_example(row, easy_tier) for row in rows]


def _example(row: Labelled, easy_tier: str) -> Example:
    easy = row.want == easy_tier
    weight = EASY_WEIGHT if easy else UNCLAIMED_WEIGHT if row.want is None else 1.0
    return Example(row.source, features_of(row.prompt), easy, weight)


def seed_examples() -> list[Example]:
    """Our own prompts, which every training adds (`seeds`)."""
    return [
        Example(source, features_of(prompt), easy, EASY_WEIGHT if easy else 1.0)
        for source, prompt, easy in seed_prompts()
    ]
