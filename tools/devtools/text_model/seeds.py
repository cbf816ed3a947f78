"""Training prompts of our own: frames filled with texts, so that the model learns the asking and not the content.

The labelled logs teach what people there ask; these add other ways of asking, and the contrasts that keep a word such
as "review" from meaning "easy". The same seed gives the same prompts.
"""

import random
import re
from collections.abc import Iterator

from devtools.text_model.seed_easy import EASY
from devtools.text_model.seed_other import OTHER
from devtools.text_model.seed_texts import TEXTS

_SLOT = re.compile(r"\{(\w+)\}")
_FILLINGS = 3


def seed_prompts() -> Iterator[tuple[str, str, bool]]:
    """Name of the frame, prompt, and whether it is work for the cheapest tier."""
    chance = random.Random(7)  # noqa: S311 - training data, not a secret
    for kind, frames, easy in (("easy", EASY, True), ("other", OTHER, False)):
        for number, frame in enumerate(frames):
            for _ in range(_FILLINGS if _SLOT.search(frame) else 1):
                yield f"seed/{kind}/{number}", _SLOT.sub(lambda slot: chance.choice(TEXTS[slot[1]]), frame), easy
