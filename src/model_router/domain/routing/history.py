"""The messages of a body in the form that a model accepts: their thinking blocks, and how they end.

Nothing is changed in place, because the caller's body is adapted for each attempt.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.routing.capabilities import content_blocks

THINKING_BLOCKS = ("thinking", "redacted_thinking")

CONTINUE = (
    "Your last message was cut off. Continue it from exactly where it ends, beginning with the very next character: "
    "what you write is appended to it as it is. Repeat nothing of it, and put nothing before."
)
"""Asks a model without prefill to continue a prefilled answer."""

_SIGNS_OF_REFUSED_THINKING = (
    "signature",
    "cannot be modified",
    "must start with a thinking block",
    "Expected `thinking`",
    # Blocks from another conversation, or from before a change of it; a history with gaps.
    "conversation",
    "binding",
    "mismatch",
    "consecutive",
    "gap",
)

type Messages = Sequence[Mapping[str, Any]]


def without_thinking(messages: Messages) -> tuple[list[Mapping[str, Any]], int]:
    """The messages without the assistant's thinking blocks, and the number of removed blocks.

    A message of nothing but thinking is removed too; the API joins the user turns around it.
    """
    remaining: list[Mapping[str, Any]] = []
    removed = 0
    for message in messages:
        blocks = content_blocks(message)
        if message.get("role") != "assistant" or not any(map(_is_thinking, blocks)):
            remaining.append(message)
            continue
        others = [block for block in blocks if not _is_thinking(block)]
        removed += len(blocks) - len(others)
        if others:
            remaining.append({**message, "content": others})
    return remaining, removed


def without_user_citations(messages: Messages) -> tuple[list[Mapping[str, Any]], int]:
    """The messages without `citations` on the user's text blocks, and the number of blocks that had some."""
    changed = 0
    plain: list[Mapping[str, Any]] = []
    for message in messages:
        content = message.get("content")
        cited = sum(map(_is_cited_text, content)) if isinstance(content, list) and message.get("role") == "user" else 0
        changed += cited
        plain.append({**message, "content": list(map(_without_citations, content or ()))} if cited else message)
    return plain, changed


def is_prefilled(messages: Messages) -> bool:
    """Whether the caller began the answer: the last message is the assistant's and ends with text.

    If it ends with a server tool's block, it is a paused turn, which any model continues.
    """
    if not messages or messages[-1].get("role") != "assistant":
        return False
    content = messages[-1].get("content")
    if isinstance(content, str) or not content:
        return True
    blocks = content_blocks(messages[-1])
    return bool(blocks) and blocks[-1].get("type") == "text"


def with_continuation_request(messages: Messages) -> list[Mapping[str, Any]]:
    """A prefilled answer as a message that was cut off, followed by a request to continue it."""
    if not messages[-1].get("content"):
        return list(messages[:-1])
    return [*messages, {"role": "user", "content": CONTINUE}]


def with_instruction(messages: Messages, instruction: str) -> list[Mapping[str, Any]]:
    """The messages with a sentence added to the end of the last user turn, so that every cached prefix stays valid."""
    if not messages or messages[-1].get("role") != "user":
        return [*messages, {"role": "user", "content": instruction}]
    content = messages[-1].get("content")
    before = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])
    return [*messages[:-1], {**messages[-1], "content": [*before, {"type": "text", "text": instruction}]}]


def lacks_thinking_in_tool_loop(messages: Messages) -> bool:
    """Whether tool results answer an assistant's turn that does not begin with thinking.

    A model with thinking `enabled` refuses such a history.
    """
    turns = [message for message in messages if message.get("role") != "system"]
    if len(turns) < 2 or turns[-1].get("role") != "user":
        return False
    if not any(block.get("type") == "tool_result" for block in content_blocks(turns[-1])):
        return False
    calls = content_blocks(turns[-2])
    return turns[-2].get("role") == "assistant" and not (calls and _is_thinking(calls[0]))


def has_thinking(messages: Messages) -> bool:
    return any(_is_thinking(block) for message in messages for block in content_blocks(message))


def is_refused_thinking(message: str) -> bool:
    """Whether Claude's message for a 400 says that thinking in the history is another model's, or incomplete."""
    return "thinking" in message and any(sign in message for sign in _SIGNS_OF_REFUSED_THINKING)


def _is_thinking(block: Mapping[str, Any]) -> bool:
    return block.get("type") in THINKING_BLOCKS


def _is_cited_text(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") == "text" and bool(block.get("citations"))


def _without_citations(block: Any) -> Any:
    return {key: value for key, value in block.items() if key != "citations"} if _is_cited_text(block) else block
