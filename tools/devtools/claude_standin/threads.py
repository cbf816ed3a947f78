"""The message threads that the stand-in keeps: for five minutes after their last use, and one hour at most.

Source: the types of Anthropic's Python SDK 2.14.0, and the documentation of message threads as of 2026-11. The wording
of errors is made up.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from devtools.claude_standin.errors import ApiError, invalid
from devtools.claude_standin.models import find

IDLE, LONGEST = timedelta(minutes=5), timedelta(hours=1)
CREATE_ONLY = ("system", "tools")
"""Fields that a thread keeps from its first request."""


@dataclass(slots=True)
class _Kept:
    model: str
    fields: dict[str, Any]
    messages: list[Any]
    began: datetime
    used: datetime
    is_continued: bool = False

    @property
    def ends(self) -> datetime:
        return min(self.used + IDLE, self.began + LONGEST)


@dataclass(slots=True)
class Threads:
    """Threads in memory, by the id of their last message. Thread safe."""

    _kept: dict[str, _Kept] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def whole(self, body: Any, now: datetime) -> Any:
        """The body with the history that its thread keeps. A body of another shape is returned unchanged.

        Raises:
            ApiError: 404 for a thread that is not kept, or not for this model; 409 for one that was continued; 400 for
                a field that only the first request may have.
        """
        thread = body.get("thread") if isinstance(body, dict) else None
        if not isinstance(thread, dict) or thread.get("type") != "continue":
            return body
        model = find(str(body.get("model")))
        previous = str(thread.get("previous_message_id"))
        with self._lock:
            kept = self._kept.get(previous)
            if kept is None or model is None or kept.model != model.id or now > kept.ends:
                raise _error(404, f"thread: no thread with the message {previous}", "thread_not_found")
            if kept.is_continued:
                raise _error(409, f"thread: {previous} was continued already", "thread_already_continued")
        for name in CREATE_ONLY:
            if name in body:
                raise invalid(f"{name}: is not permitted where a thread is continued")
        return {**kept.fields, **body, "messages": [*kept.messages, *(body.get("messages") or ())]}

    def keep(self, body: Mapping[str, Any], model: str, message_id: str, answer: list[Any], now: datetime) -> None:
        """Keep the thread of a whole body, with its answer."""
        thread = body.get("thread")
        if thread is None:
            return
        with self._lock:
            before = self._kept.get(str(thread.get("previous_message_id")))
            if before is not None:
                before.is_continued = True
            fields = {name: body[name] for name in CREATE_ONLY if name in body}
            messages = [*body["messages"], {"role": "assistant", "content": answer}]
            self._kept[message_id] = _Kept(model, fields, messages, before.began if before else now, now)


def _error(status: int, words: str, code: str) -> ApiError:
    return ApiError(status, words, details={"error_code": code})
