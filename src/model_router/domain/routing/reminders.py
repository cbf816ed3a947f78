"""Moves system messages into the user's turns, for a model that accepts none in the conversation.

The result depends only on the messages before each one and on whether a user message follows. So the earlier messages
of a conversation stay the same from turn to turn, and their cache stays valid.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.routing.capabilities import content_blocks

type Message = Mapping[str, Any]


def as_reminders(messages: Sequence[Message]) -> tuple[list[Message], int]:
    """The messages without the role `system`, and the number of messages that had it.

    A system message is added to the end of the user's turn before it. After an assistant's turn it is added to the
    user's next turn, after the tool results, which must stay first; if none follows, it becomes a user's turn.
    """
    result = _Builder()
    waiting: list[Mapping[str, Any]] = []
    count = 0
    last_user = max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    for place, message in enumerate(messages):
        if message.get("role") == "system":
            count += 1
            if not (message.get("clear_at") == "next_user_message" and place < last_user):
                waiting += _reminders(message)
            if result.ends_with_user:
                result.extend_last(waiting)
                waiting = []
        elif message.get("role") == "user" and place and messages[place - 1].get("role") == "system":
            # The system message separated two user turns, which now become one.
            if result.ends_with_user:
                result.extend_last(_blocks(message))
            else:
                result.append(message)
            result.extend_last(waiting)
            waiting = []
        else:
            result.append_reminders(waiting)
            result.append(message)
            waiting = []
    result.append_reminders(waiting)
    return result.messages, count


class _Builder:
    """The messages so far. The last one is extended in place: copying its blocks each time would be quadratic."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        #: The blocks of the last message, or None if they are still the caller's list.
        self._own_blocks: list[Mapping[str, Any]] | None = None

    @property
    def ends_with_user(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("role") == "user"

    def append(self, message: Message) -> None:
        self.messages.append(message)
        self._own_blocks = None

    def append_reminders(self, reminders: list[Mapping[str, Any]]) -> None:
        if reminders:
            self.append({"role": "user", "content": reminders})

    def extend_last(self, added: list[Mapping[str, Any]]) -> None:
        if not added:
            return
        if self._own_blocks is None:
            self._own_blocks = list(_blocks(self.messages[-1]))
            self.messages[-1] = {**self.messages[-1], "content": self._own_blocks}
        self._own_blocks += added


def pending_effort(messages: Sequence[Message]) -> str | None:
    """The effort that a system message sets for the next answer, or None."""
    for message in reversed(messages):
        if message.get("role") == "assistant":
            return None
        config = message.get("output_config")
        if message.get("role") == "system" and isinstance(config, dict) and isinstance(config.get("effort"), str):
            return str(config["effort"])
    return None


def _reminders(message: Message) -> list[Mapping[str, Any]]:
    """The texts of a system message as blocks, with their cache breakpoints."""
    return [
        {**block, "text": f"<system-reminder>\n{block['text']}\n</system-reminder>"}
        for block in _blocks(message)
        if block.get("type") == "text" and isinstance(block.get("text"), str) and block["text"].strip()
    ]


def _blocks(message: Message) -> list[Mapping[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content_blocks(message)
