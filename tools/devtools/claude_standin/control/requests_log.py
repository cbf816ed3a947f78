"""The requests that came in, with any outcome."""

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

KEPT = 20_000
BODIES_KEPT = 500
BODY_LIMIT = 65_536


@dataclass(slots=True)
class RequestsLog:
    """The latest requests, oldest first. Thread safe. Bodies are kept for the latest few, and none
    that is large.
    """

    _entries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _bodied: deque[dict[str, Any]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: dict[str, Any]) -> None:
        """Write one down; its `body` is dropped again when others come after it."""
        with self._lock:
            self._entries.append(entry)
            self._bodied.append(entry)
            if len(self._bodied) > BODIES_KEPT:
                self._bodied.popleft()["body"] = None

    def entries(self) -> list[dict[str, Any]]:
        """Each with method, path, status (0: no answer), request_id, attempt_id, version, auth, model,
        stream, at, body.
        """
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._entries.clear()
            self._bodied.clear()
