"""A message thread: the history of a conversation that Anthropic keeps, for some minutes and for one model."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from model_router.domain.error_codes import THREAD_NOT_FOUND
from model_router.domain.errors import NotFound

type Kind = Literal["create", "continue"]


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread up to one message, and what its first request belongs to."""

    model: str
    #: The most tokens, the model's own, that the thread may hold.
    tokens: int
    #: Whether the next call adds no more to them than its own messages: there are no server tools, for example.
    is_closed: bool
    arm: Literal["routed", "control"]
    session: str | None = None
    application: str | None = None
    #: Whether the client named the session.
    is_named: bool = False


def thread_not_found(why: str) -> NotFound:
    """After this error, clients send the whole conversation again, as a new thread."""
    return NotFound(f"thread: {why} Send the full conversation again.", details={"error_code": THREAD_NOT_FOUND})


def thread_kind(body: Mapping[str, Any]) -> Kind | None:
    """Whether a body starts or continues a thread."""
    if (thread := body.get("thread")) is None:
        return None
    kind = thread.get("type") if isinstance(thread, Mapping) else None
    return kind if kind in ("create", "continue") else None
