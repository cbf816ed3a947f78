"""System messages among the others, carried over as text of the user's turns for a model that takes none.

The carried form depends on nothing but the messages before it and whether a later user message exists, so a
conversation keeps its form from turn to turn and its cached prefix holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.routing.capabilities import content_blocks

type Message = Mapping[str, Any]


def as_reminders(messages: Sequence[Message]) -> tuple[list[Message], int]:
    """The messages without role `system`, and how many had it.

    A system message's text goes to the end of the user's turn before it. After an assistant's turn it goes into the
    user's next one, behind the tool results, which must stay first; where none follows, it is a user's turn itself.
    """
    carried = _Carried()
    waiting: list[Mapping[str, Any]] = []
    count = 0
    last_user = max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    for place, message in enumerate(messages):
        if message.get("role") == "system":
            count += 1
            if not (message.get("clear_at") == "next_user_message" and place < last_user):
                waiting += _reminders(message)
            if carried.ends_with_user:
                carried.extend_last(waiting)
                waiting = []
        elif message.get("role") == "user" and place and messages[place - 1].get("role") == "system":
            # Without the system message between them, two turns of the user's are neighbours: they become one.
            if carried.ends_with_user:
                carried.extend_last(_blocks(message))
            else:
                carried.append(message)
            carried.extend_last(waiting)
            waiting = []
        else:
            carried.append_reminders(waiting)
            carried.append(message)
            waiting = []
    carried.append_reminders(waiting)
    return carried.messages, count


class _Carried:
    """The carried messages so far. The last one grows in place: copying its blocks for each more is quadratic."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        #: The blocks of the last message where the list was made here; None where it is the caller's.
        self._growing: list[Mapping[str, Any]] | None = None

    @property
    def ends_with_user(self) -> bool:
        return bool(self.messages) and self.messages[-1].get("role") == "user"

    def append(self, message: Message) -> None:
        self.messages.append(message)
        self._growing = None

    def append_reminders(self, reminders: list[Mapping[str, Any]]) -> None:
        if reminders:
            self.append({"role": "user", "content": reminders})

    def extend_last(self, added: list[Mapping[str, Any]]) -> None:
        if not added:
            return
        if self._growing is None:
            self._growing = list(_blocks(self.messages[-1]))
            self.messages[-1] = {**self.messages[-1], "content": self._growing}
        self._growing += added


def pending_effort(messages: Sequence[Message]) -> str | None:
    """The effort that a system message sets for the answer at hand, or None."""
    for message in reversed(messages):
        if message.get("role") == "assistant":
            return None
        config = message.get("output_config")
        if message.get("role") == "system" and isinstance(config, dict) and isinstance(config.get("effort"), str):
            return str(config["effort"])
    return None


def _reminders(message: Message) -> list[Mapping[str, Any]]:
    """A system message's texts as blocks; a cache breakpoint stays on its block."""
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
