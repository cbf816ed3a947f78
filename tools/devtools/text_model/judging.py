"""How much of each kind of prompt a text model would call easy, cross-validated, with intervals."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from devtools.text_model.cross_validation import by_source, cross_validated
from devtools.text_model.labelled import Labelled, shape_of_prompt
from model_router.domain.routing.text_model import SCALE

PERCENTS = (20, 30, 40, 50, 60, 70, 80)


def wilson(found: int, of: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share."""
    if not of:
        return 0.0, 1.0
    z = 1.959964
    share = found / of
    centre = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (centre - spread) / (1 + z * z / of)), min(1.0, (centre + spread) / (1 + z * z / of))


def data_set(row: Labelled) -> str:
    """What a source is named after: `a/b_c_d` and `a/b_c_e` are of one set, which is left out as a whole."""
    first, _, rest = row.source.partition("/")
    words = rest.split("_")
    return f"{first}/{'_'.join(words[:2] if len(words) > 2 else words[:1])}"


def judged_lines(rows: Sequence[Labelled], easy_tier: str) -> Iterator[str]:
    """A table for each way of splitting: by source, and by data set, which is harder."""
    for name, group in (("source", by_source), ("data set", data_set)):
        yield f"share called easy, split by {name}, at a confidence of {', '.join(map(str, PERCENTS))} %"
        yield from _table(rows, easy_tier, group)


def _table(rows: Sequence[Labelled], easy_tier: str, group: Callable[[Labelled], str]) -> Iterator[str]:
    confidences: dict[str, list[float]] = defaultdict(list)
    for model, held_out in cross_validated(rows, easy_tier, group):
        for row in held_out:
            confidence = 100 / (1 + math.exp(-model.score(shape_of_prompt(row.prompt)) / SCALE))
            confidences[f"want {row.want}"].append(confidence)
            confidences[f"  {row.kind} ({row.want})"].append(confidence)
    for name, found in sorted(confidences.items()):
        shares = [sum(confidence >= percent for confidence in found) for percent in PERCENTS]
        said = " ".join(f"{100 * share / len(found):5.1f}" for share in shares)
        low, high = wilson(shares[PERCENTS.index(50)], len(found))
        yield f"{name:45} {len(found):5} {said}   at 50: {100 * low:.1f}–{100 * high:.1f}"
