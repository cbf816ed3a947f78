"""The table of `docs/recognition.md`: the share of each kind of request that each router sends to the cheapest tier."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from devtools.text_model.judging import interval
from devtools.text_model.labelled import Labelled


class _Line(NamedTuple):
    """A kind of request: `families` holds its families, or the beginnings of their names."""

    name: str
    families: tuple[str, ...]
    want: str


_WANTED: Final = {"haiku": "Haiku", "sonnet": "Sonnet", "above-haiku": "above Haiku"}
_PRODUCTION: Final = tuple(f"{letter}-" for letter in "abcdefghi")
_EASY: Final = ("sentiment", "topic", "paraphrase")
_HARD: Final = ("hard multiple choice", "maths word problem", "coding", "math", "reasoning")
_LINES: Final = (
    _Line("instruction in the system text", ("a-",), "haiku"),
    _Line("documents in XML tags", ("b-",), "haiku"),
    _Line("examples in the prompt or as turns", ("c-",), "haiku"),
    _Line("conversations", ("d-",), "haiku"),
    _Line("tools", ("e-",), "haiku"),
    _Line("extraction into JSON", ("f-",), "haiku"),
    _Line("eleven other languages", ("g-",), "haiku"),
    _Line("over 5,000 tokens", ("i-",), "haiku"),
    _Line("**production shapes, all easy work**", _PRODUCTION, "haiku"),
    _Line("**summaries, drafts, translations, explanations**", _PRODUCTION, "sonnet"),
    _Line("**hard work**", _PRODUCTION, "above-haiku"),
    _Line("of which bare prompts", ("h-",), "above-haiku"),
    _Line("bare: sentiment", ("sentiment",), "haiku"),
    _Line("bare: topic", ("topic",), "haiku"),
    _Line("bare: paraphrase", ("paraphrase",), "haiku"),
    _Line("**bare, all easy work**", _EASY, "haiku"),
    _Line("**bare: summaries**", ("summarization",), "sonnet"),
    _Line("**bare: hard multiple choice, maths, code**", _HARD, "above-haiku"),
)


def table_lines(rows: Sequence[Labelled], routers: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Markdown. `routers` holds each router's tier for every row; the first one's shares have 95 % intervals."""
    yield f"| requests | n | wanted | {' | '.join(routers)} |"
    yield "| --- " * (3 + len(routers)) + "|"
    for line in _LINES:
        places = [
            place for place, row in enumerate(rows) if row.want == line.want and row.family.startswith(line.families)
        ]
        if places:
            shares = [_share(tiers, places) for tiers in routers.values()]
            shares[0] += _interval(rows, next(iter(routers.values())), places)
            yield f"| {line.name} | {len(places)} | {_WANTED[line.want]} | {' | '.join(shares)} |"


def _share(tiers: Sequence[str], places: Sequence[int]) -> str:
    return f"{100 * sum(tiers[place] == 'haiku' for place in places) / len(places):.1f} %"


def _interval(rows: Sequence[Labelled], tiers: Sequence[str], places: Sequence[int]) -> str:
    hits: dict[str, list[bool]] = defaultdict(list)
    for place in places:
        hits[rows[place].source].append(tiers[place] == "haiku")
    low, high = interval(hits)
    return f" ({100 * low:.0f}–{100 * high:.0f})"
