"""What a conversation's own cache would have read and written, had every call so far gone to one model.

The request tells it: each assistant message is a call whose prompt was everything before it. A call caches its prompt
up to its last breakpoint. The next one finds that prefix if one of its breakpoints is there, or at most 19 blocks
behind. Whether time has ended the cache is not in a request: the cache is warm here.

Source: Anthropic's page on prompt caching (read 2026-10-08).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.requests.cache_breakpoints import SYSTEM, TOOLS, Breakpoint, blocks_of, breakpoints

#: Blocks that a search from a breakpoint looks at, its own included. A run of tool calls and results counts as one.
_LOOKBACK: Final = 20
#: Claude refuses a body with more.
_MOST_BREAKPOINTS: Final = 4
_TOOL_BLOCKS: Final = ("tool_use", "tool_result")


@dataclass(frozen=True, slots=True)
class WarmPrompt:
    """Parts of a prompt in estimated tokens of the old tokenizer, each counted from its beginning.

    `read`: the prefix that the call before has cached. `cached`: the prefix that is cached after this call. `one_hour`:
    the part of it that is cached for an hour.
    """

    total: int
    read: int
    cached: int
    one_hour: int


def warm_prompt(body: Mapping[str, Any], total: int) -> WarmPrompt | None:
    """The parts of a body's prompt of `total` tokens.

    None if it asks for no caching, or in more places than Claude accepts: each takes time that grows with the body.
    """
    marks = list(islice(breakpoints(body), _MOST_BREAKPOINTS + 1))
    if not marks or len(marks) > _MOST_BREAKPOINTS:
        return None
    ends = {mark: _end(body, mark, total) for mark in marks}
    cached = max(ends.values())
    one_hour = max((end for mark, end in ends.items() if mark.one_hour), default=0)
    return WarmPrompt(total, min(cached, _read(body, ends, total)), cached, one_hour)


def last_call(messages: Sequence[Mapping[str, Any]]) -> int | None:
    """The place of the last answer of the conversation. An assistant message at the end begins the next answer."""
    places = range(len(messages) - 2, -1, -1)
    return next((place for place in places if messages[place].get("role") == "assistant"), None)


def _read(body: Mapping[str, Any], ends: Mapping[Breakpoint, int], total: int) -> int:
    messages = body["messages"]
    answered = last_call(messages)
    if answered is None:
        return 0
    found = [end for mark, end in ends.items() if mark.place < answered]
    later = min((mark for mark in ends if mark.place >= answered), default=None)
    # The call before ended its prompt with such a breakpoint, too.
    if later is not None and _steps(messages[answered : later.place + 1], later) < _LOOKBACK:
        found.append(_rest(total, messages[answered:]))
    return max(found, default=0)


def _steps(messages: Sequence[Mapping[str, Any]], mark: Breakpoint) -> int:
    """The blocks of these messages up to the breakpoint in the last one."""
    steps, in_run = 0, False
    for place, message in enumerate(messages):
        blocks = blocks_of(message) or [message]
        for block in blocks[: mark.block + 1] if place == len(messages) - 1 else blocks:
            is_tool = isinstance(block, dict) and block.get("type") in _TOOL_BLOCKS
            steps += not (is_tool and in_run)
            in_run = is_tool
    return steps


def _end(body: Mapping[str, Any], mark: Breakpoint, total: int) -> int:
    """The tokens of the prompt up to a breakpoint."""
    if mark.place == TOOLS:
        return min(total, estimate_tokens({"tools": body["tools"][: mark.block + 1]}))
    if mark.place == SYSTEM:
        head = {"tools": body["tools"]} if "tools" in body else {}
        return min(total, estimate_tokens({**head, "system": body["system"][: mark.block + 1]}))
    message, *later = body["messages"][mark.place :]
    if after := blocks_of(message)[mark.block + 1 :]:
        later = [{**message, "content": after}, *later]
    return _rest(total, later)


def _rest(total: int, later: Sequence[Mapping[str, Any]]) -> int:
    """The tokens before these messages. A difference of two prompts' estimates would vary by more than a short turn."""
    return max(0, total - estimate_tokens({"messages": later})) if later else total
