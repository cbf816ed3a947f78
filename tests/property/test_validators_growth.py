"""A search with an answer and a source of its own: phrases that nearly match do not slow it down."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from devtools.fuzz_parsers.growth import Case, growth_fault
from model_router.domain.validators import build

SIZE = 80_000

#: The answer and the source, of about so many characters.
Texts = Callable[[int], tuple[str, str]]


def periodic(count: int) -> list[str]:
    """Phrases that occur everywhere in "ab ab ab…", and nowhere as whole words."""
    return [f"{'ab ' * (100 + number)}a" for number in range(count)]


def values(size: int) -> list[str]:
    return [f"{'a' * 90}{number}" for number in range(size // 100)]


NEAR_MISSES: list[tuple[dict[str, Any], Texts]] = [
    ({"type": "contains", "values": ["a" * (450 + n) for n in range(50)]}, lambda size: ("a" * size, "")),
    ({"type": "contains", "values": periodic(50)}, lambda size: ("ab " * (size // 3), "")),
    ({"type": "not_contains", "values": [f"a{'b' * n}" for n in range(1, 51)]}, lambda size: ("ab" * size, "")),
    ({"type": "one_of", "labels": ["a" * n for n in range(1, 200)]}, lambda size: ("a" * (size // 25), "")),
    ({"type": "quotes_source"}, lambda size: (json.dumps(values(size)), "a" * size)),
    ({"type": "quotes_source"}, lambda size: (json.dumps(periodic(size // 400)), "ab " * (size // 3))),
    ({"type": "quotes_source"}, lambda size: ("„a“" * (size // 3), "a“" * (size // 2))),
    ({"type": "quotes_source"}, lambda size: (json.dumps(list(range(size // 6))), " 1,5" * (size // 4))),
    ({"type": "citations", "min": 1000}, lambda size: ("[1-100, 2-101] " * (size // 15), "")),
    (
        {"type": "citations", "from_source": True},
        lambda size: ("https://a.b/" * (size // 12), "http://a " * (size // 9)),
    ),
    ({"type": "arithmetic"}, lambda size: (f"{'(1+' * 50}x = 1\n" * (size // 156), "")),
]


@pytest.mark.parametrize(("spec", "texts"), NEAR_MISSES, ids=[spec["type"] for spec, _ in NEAR_MISSES])
def test_near_misses_do_not_slow_a_search_down(spec: dict[str, Any], texts: Texts) -> None:
    validator = build(spec)
    case = Case(spec["type"], "near misses", lambda size: partial(validator.check, *texts(size)), SIZE)
    assert growth_fault(case, SIZE) is None
