"""Where a request asks Claude to cache its prompt: the blocks with `cache_control`, in the prompt's order."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: Places of the parts before the messages.
TOOLS, SYSTEM = -2, -1


class Breakpoint(NamedTuple):
    """The end of a prefix that is cached: a block of a message, or of `TOOLS` or `SYSTEM`."""

    place: int
    block: int
    one_hour: bool


def uses_cache(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for its prompt to be cached."""
    return next(breakpoints(body), None) is not None


def breakpoints(body: Mapping[str, Any]) -> Iterator[Breakpoint]:
    """Every breakpoint. The automatic one of `cache_control` in the body comes first and ends the last message."""
    messages = body["messages"]
    if isinstance(control := body.get("cache_control"), dict):
        yield Breakpoint(len(messages) - 1, max(0, len(blocks_of(messages[-1])) - 1), _is_one_hour(control))
    parts = [(TOOLS, body.get("tools")), (SYSTEM, body.get("system"))]
    parts += [(place, message.get("content")) for place, message in enumerate(messages)]
    for place, content in parts:
        for number, block in enumerate(content) if isinstance(content, list) else ():
            if isinstance(block, dict):
                yield from (Breakpoint(place, number, _is_one_hour(control)) for control in _controls(block))


def blocks_of(message: Mapping[str, Any]) -> list[Any]:
    """The items of a message's content; none if it is a string."""
    content = message.get("content")
    return content if isinstance(content, list) else []


def _controls(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    inner = block.get("content")
    holders = [block, *([part for part in inner if isinstance(part, dict)] if isinstance(inner, list) else [])]
    return [control for holder in holders if isinstance(control := holder.get("cache_control"), dict)]


def _is_one_hour(control: Mapping[str, Any]) -> bool:
    return control.get("ttl") == "1h"
