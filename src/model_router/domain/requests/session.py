"""The session of a request: the conversation of an agent or a chat that it belongs to.

A client says which it is in `metadata.user_id`: Claude Code sends JSON with a `session_id`, earlier ones
`user_…_account_…_session_…`. Otherwise a conversation is recognised by what stays the same while it grows: its system
text, with what changes masked, and the user's first words, without what programs put around them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from model_router.domain.keyed_ids import keyed_id
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import texts
from model_router.domain.requests.wrappers import own_words

PREFIX = "ses"

_LONGEST_ID = 4_000
_NAMED = re.compile(
    r'"(?:session|conversation|thread)_?id"\s*+:\s*+(?:"((?:[^"\\]|\\.)++)"|(\d++)(?=\s*+[,}]))', re.IGNORECASE
)
_SHORTEST_NAME, _LONGEST_NAME = 8, 200
_NUMBER = re.compile(r"\d+")
# Characters of a text block that are looked at.
_BLOCK = 20_000
_HEAD, _TAIL = 1_000, 200
_CACHED_HEADS = 256
# Messages in which a user's words are looked for.
_NEAR = 20


def session_of(request: RouteRequest, key: bytes) -> str | None:
    """`ses_<16 hex digits>`, or None for a single request that belongs to no conversation as far as can be seen.

    `key` is the stack's (`keyed_ids`).
    """
    if not key:
        return None
    user = _user_id(request.body)
    if name := _name(user):
        return keyed_id(PREFIX, key, request.client, "named", name)
    if request.thread is not None:
        return request.thread.session
    if not (user or _continues(request.body)):
        return None
    # Many chats begin with the same greeting, so those that nothing else tells apart are told apart by two texts.
    several = not (user or request.body.get("tools"))
    words = [*islice(_users_words(request.body["messages"]), 2 if several else 1)]
    if len(words) < 1 + several:
        return None
    system = _without_numbers(next(texts(request.body.get("system")), "")[:_HEAD])
    return keyed_id(PREFIX, key, request.client, user, system, *words)


def is_named(request: RouteRequest) -> bool:
    """Whether the client says which session it is. Otherwise, all conversations that begin alike are one."""
    return bool(_name(_user_id(request.body))) or (request.thread is not None and request.thread.is_named)


def opens_turn(body: Mapping[str, Any]) -> bool:
    """Whether the newest message is the user's own, and not the results of tools."""
    last = body["messages"][-1]
    content = last.get("content")
    if last.get("role") != "user" or isinstance(content, str):
        return bool(last.get("role") == "user" and content)
    return not any(block.get("type") == "tool_result" for block in content)


def _user_id(body: Mapping[str, Any]) -> str:
    if (metadata := body.get("metadata")) is None:
        return ""
    user = metadata.get("user_id") if isinstance(metadata, Mapping) else None
    return user[:_LONGEST_ID] if isinstance(user, str) else ""


def _name(user: str) -> str:
    """The name of the session in a `user_id`, or an empty text."""
    if not user:
        return ""
    if named := _NAMED.search(user):
        return named[1] or named[2]
    _, sign, name = user.rpartition("_session_")
    return name if sign and _SHORTEST_NAME <= len(name) <= _LONGEST_NAME else ""


@lru_cache(_CACHED_HEADS)
def _without_numbers(head: str) -> str:
    """Numbers in a system text, such as a date, may change within a conversation."""
    return _NUMBER.sub("0", head)


def _continues(body: Mapping[str, Any]) -> bool:
    """Whether the request continues a conversation, or begins one: an agent's first request offers it tools."""
    messages = body["messages"]
    if len(messages) > 1 and any(message.get("role") == "assistant" for message in messages[:_NEAR]):
        return True
    if not body.get("tools"):
        return False
    choice = body.get("tool_choice")
    return not (isinstance(choice, Mapping) and choice.get("type") in ("tool", "any"))


def _users_words(messages: list[Mapping[str, Any]]) -> Iterator[str]:
    """The user's own words of each message that has some, for the first messages."""
    for message in messages[:_NEAR]:
        if message.get("role") == "user":
            own = (words for text in islice(texts(message.get("content")), _NEAR) if (words := _own_words(text)))
            yield from islice(own, 1)


def _own_words(text: str) -> str:
    """The head and the tail of a user's own words."""
    words = own_words(text[:_BLOCK]).strip()
    return words if len(words) <= _HEAD + _TAIL else words[:_HEAD] + words[-_TAIL:]
