"""System messages among the others, carried over as text of the user's turns for a model that takes none.

The carried form depends on nothing but the messages before it and whether a later user message exists, so a
conversation keeps its form from turn to turn and its cached prefix holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from model_router.domain.routing.capabilities import content_blocks

type Message = Mapping[str, Any]


def carried_over(messages: Sequence[Message]) -> tuple[list[Message], int]:
    """The messages without role `system`, and how many had it.

    A system message's text goes to the end of the user's turn before it. After an assistant's turn it goes into the
    user's next one, behind the tool results, which must stay first; where none follows, it is a user's turn itself.
    """
    carried: list[Message] = []
    waiting: list[Mapping[str, Any]] = []
    count = 0
    last_user = max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=-1)
    for place, message in enumerate(messages):
        if message.get("role") == "system":
            count += 1
            if not (message.get("clear_at") == "next_user_message" and place < last_user):
                waiting += _reminders(message)
            if _is_users(carried):
                carried[-1], waiting = _with_blocks(carried[-1], waiting), []
        elif message.get("role") == "user" and place and messages[place - 1].get("role") == "system":
            _add_turn(carried, _with_blocks(message, waiting))
            waiting = []
        else:
            carried += _own_turn(waiting)
            carried.append(message)
            waiting = []
    carried += _own_turn(waiting)
    return carried, count


def _own_turn(reminders: list[Mapping[str, Any]]) -> list[Message]:
    return [{"role": "user", "content": reminders}] if reminders else []


def _add_turn(carried: list[Message], turn: Message) -> None:
    """Add a user's turn; one whose neighbour became the user's with the system message between them is joined to it."""
    if _is_users(carried):
        carried[-1] = _with_blocks(carried[-1], _blocks(turn))
    else:
        carried.append(turn)


def _is_users(messages: list[Message]) -> bool:
    return bool(messages) and messages[-1].get("role") == "user"


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


def _with_blocks(message: Message, added: list[Mapping[str, Any]]) -> Message:
    return {**message, "content": [*_blocks(message), *added]} if added else message


def _blocks(message: Message) -> list[Mapping[str, Any]]:
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}] if content else []
    return content_blocks(message)
