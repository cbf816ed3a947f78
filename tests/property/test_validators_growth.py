"""The work of every validator grows with the answer and the source, not with their product or square."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.property.test_validators import HUGE, VALIDATORS_BUILT

from model_router.domain.validators import Validator, build

SMALL, LARGE = 20_000, 80_000
#: Below this many seconds of processor time, a measurement says nothing.
NOISE = 0.05
#: Four times the text may take so many times as long: n log n, and what a shared machine adds.
MOST = 8

Texts = Callable[[int], tuple[str, str]]


def growth_is_bounded(validator: Validator, texts: Texts) -> bool:
    """Whether the larger of two sizes takes at most `MOST` times as long; measured again before it is denied."""
    return any(
        _seconds(validator, texts(LARGE)) <= max(NOISE, MOST * _seconds(validator, texts(SMALL))) for _ in range(4)
    )


def _seconds(validator: Validator, texts: tuple[str, str]) -> float:
    started = time.thread_time()
    validator.check(*texts)
    return time.thread_time() - started


@pytest.mark.parametrize("validator", VALIDATORS_BUILT, ids=lambda made: made.type)
def test_no_validator_slows_down_on_long_texts(validator: Validator) -> None:
    for text in HUGE:
        long = text if len(text) >= LARGE else text * (LARGE // len(text) + 1)
        assert growth_is_bounded(validator, partial(_start, long)), long[:20]


def _start(text: str, size: int) -> tuple[str, str]:
    return text[:size], text[:size]


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
    ({"type": "number"}, lambda size: ("1st " * (size // 4), "")),
]


@pytest.mark.parametrize(
    ("spec", "texts"), NEAR_MISSES, ids=lambda part: part["type"] if isinstance(part, dict) else ""
)
def test_near_misses_do_not_slow_a_search_down(spec: dict[str, Any], texts: Texts) -> None:
    validator = build(spec)
    assert growth_is_bounded(validator, texts)
    assert any(_seconds(validator, texts(LARGE)) < 1 for _ in range(4))
