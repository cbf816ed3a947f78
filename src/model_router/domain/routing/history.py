"""What the messages of a body must be like for one model: whose thinking they hold, and how they end.

Nothing here is changed in place: a caller's body is adapted anew for every attempt.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.routing.capabilities import content_blocks

THINKING_BLOCKS = ("thinking", "redacted_thinking")

CONTINUE = (
    "Your last message was cut off. Continue it from exactly where it ends, beginning with the very next character: "
    "what you write is appended to it as it is. Repeat nothing of it, and put nothing before."
)
"""What asks for the continuation of a prefilled answer, where the model takes no prefill."""

_SIGNS_OF_REFUSED_THINKING = (
    "signature",
    "cannot be modified",
    "must start with a thinking block",
    "Expected `thinking`",
    # Blocks made in another conversation, or before messages that have changed since; a history with gaps.
    "conversation",
    "binding",
    "mismatch",
    "consecutive",
    "gap",
)

type Messages = Sequence[Mapping[str, Any]]


def without_thinking(messages: Messages) -> tuple[list[Mapping[str, Any]], int]:
    """The messages without any of the assistant's thinking blocks, and how many those were.

    A message that held nothing else goes too; the API joins the user turns around it.
    """
    kept: list[Mapping[str, Any]] = []
    stripped = 0
    for message in messages:
        blocks = content_blocks(message)
        if message.get("role") != "assistant" or not any(map(is_thinking, blocks)):
            kept.append(message)
            continue
        rest = [block for block in blocks if not is_thinking(block)]
        stripped += len(blocks) - len(rest)
        if rest:
            kept.append({**message, "content": rest})
    return kept, stripped


def without_user_citations(messages: Messages) -> tuple[list[Mapping[str, Any]], int]:
    """The messages without `citations` on the user's own text blocks, and how many had some."""
    changed = 0
    kept: list[Mapping[str, Any]] = []
    for message in messages:
        content = message.get("content")
        cited = sum(map(_is_cited_text, content_blocks(message)))
        if message.get("role") != "user" or not cited or not isinstance(content, list):
            kept.append(message)
            continue
        changed += cited
        plain = [_without(block, "citations") if _is_cited_text(block) else block for block in content]
        kept.append({**message, "content": plain})
    return kept, changed


def is_prefilled(messages: Messages) -> bool:
    """Whether the caller began the answer: the last message is the assistant's, and ends with text.

    One that ends with a server tool's block is a turn that paused, and any model goes on with its own.
    """
    if not messages or messages[-1].get("role") != "assistant":
        return False
    content = messages[-1].get("content")
    if isinstance(content, str) or not content:
        return True
    blocks = content_blocks(messages[-1])
    return bool(blocks) and blocks[-1].get("type") == "text"


def with_continuation_asked(messages: Messages) -> list[Mapping[str, Any]]:
    """A prefilled answer as a message that was cut off, and the user's wish that it be continued."""
    last = messages[-1]
    if not last.get("content"):
        return list(messages[:-1])
    return [*messages, {"role": "user", "content": CONTINUE}]


def with_demand(messages: Messages, words: str) -> list[Mapping[str, Any]]:
    """The messages with a sentence added to the end of the last user turn: after it, no cached prefix changes."""
    if not messages or messages[-1].get("role") != "user":
        return [*messages, {"role": "user", "content": words}]
    content = messages[-1].get("content")
    before = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])
    return [*messages[:-1], {**messages[-1], "content": [*before, {"type": "text", "text": words}]}]


def lacks_thinking_in_tool_loop(messages: Messages) -> bool:
    """Whether tool results answer an assistant's turn that begins without thinking.

    A model whose thinking is `enabled` refuses such a turn: it would go on with thoughts that it never had.
    """
    turns = [message for message in messages if message.get("role") != "system"]
    if len(turns) < 2 or turns[-1].get("role") != "user":
        return False
    if not any(block.get("type") == "tool_result" for block in content_blocks(turns[-1])):
        return False
    asked = content_blocks(turns[-2])
    return turns[-2].get("role") == "assistant" and not (asked and is_thinking(asked[0]))


def holds_thinking(messages: Messages) -> bool:
    return any(is_thinking(block) for message in messages for block in content_blocks(message))


def is_refused_thinking(words: str) -> bool:
    """Whether Claude's words for a 400 say that thinking in the history is not the model's own, or not whole."""
    return "thinking" in words and any(sign in words for sign in _SIGNS_OF_REFUSED_THINKING)


def is_thinking(block: Mapping[str, Any]) -> bool:
    return block.get("type") in THINKING_BLOCKS


def _is_cited_text(block: object) -> bool:
    return isinstance(block, dict) and block.get("type") == "text" and bool(block.get("citations"))


def _without(block: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key != name}
