"""Usages and streams of Claude's that make careless code slow: many samplings, declines, counts, and closed blocks."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Priced = tuple[Mapping[str, Any], Mapping[str, Any]]
"""A request's body, and the answer to it."""

_CACHED = {"cache_control": {"type": "ephemeral", "ttl": "5m"}}
_COUNTS = {"input_tokens": 5, "output_tokens": 1}
_UNSPLIT = {**_COUNTS, "cache_creation_input_tokens": 9}


def _answer(iterations: list[Mapping[str, Any]], content: Iterable[Mapping[str, Any]] = ()) -> Mapping[str, Any]:
    return {"model": "claude-haiku-4-5", "content": list(content), "usage": {**_COUNTS, "iterations": iterations}}


def _advice(models: Callable[[int], str]) -> Callable[[int], Priced]:
    """Advice without a model's name, of a body with as many advisor tools."""

    def priced(size: int) -> Priced:
        number = size // 60
        tools = [{"type": "advisor_20260301", "model": models(place)} for place in range(number)]
        return {"tools": tools}, _answer([{"type": "advisor_message", **_COUNTS}] * number)

    return priced


def _declines(size: int) -> Priced:
    number = size // 60
    declined = [{"type": "message", "model": "claude-opus-4-5", **_COUNTS}] * number
    moved = [{"type": "fallback", "from": {"model": "claude-haiku-4-5"}}] * number
    return {"fallbacks": "default"}, _answer([*declined, {"type": "fallback_message", **_COUNTS}], moved)


def _writes(size: int) -> Priced:
    number = size // 60
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", **_CACHED}] * number}]}
    return body, _answer([{"type": "advisor_message", "model": "claude-opus-4-5", **_UNSPLIT}] * number)


PRICED: Mapping[str, Callable[[int], Priced]] = {
    "advice of one model": _advice(lambda _: "claude-opus-4-5"),
    "advice of many unknown models": _advice(lambda place: f"model-{place}"),
    "many models that declined": _declines,
    "many writes of unknown TTL": _writes,
}

_START: tuple[Mapping[str, Any], ...] = (
    {"type": "message_start", "message": {"content": [], "usage": {}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
)
_DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a" * 50}}
_END: Mapping[str, Any] = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}


def _pairs(second: Mapping[str, Any]) -> Callable[[int], Iterator[Mapping[str, Any]]]:
    def events(size: int) -> Iterator[Mapping[str, Any]]:
        yield from _START
        for _ in range(size // 50):
            yield _DELTA
            yield second

    return events


def _counts(usage: Callable[[int], object]) -> Callable[[int], Iterator[Mapping[str, Any]]]:
    def events(size: int) -> Iterator[Mapping[str, Any]]:
        yield from _START
        for place in range(size // 20):
            yield {**_END, "usage": usage(place)}

    return events


STREAMS: Mapping[str, Callable[[int], Iterator[Mapping[str, Any]]]] = {
    "a block that is closed again and again": _pairs({"type": "content_block_stop", "index": 0}),
    "an answer that ends again and again": _pairs(_END),
    "many new counts": _counts(lambda place: {f"count_{place}": 1}),
    "many new counts in a part": _counts(lambda place: {"cache_creation": {f"count_{place}": 1}}),
}
