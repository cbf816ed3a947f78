"""The stand-in's own endpoints, under /_standin/: told what to do, asked what it did.

POST /_standin/script    a JSON list of steps (`devtools.claude_standin.faults.steps`), put behind those that wait
POST /_standin/faults    {"seed": 1, "rates": {"529": 0.02, "cut": 0.01}, "seconds": 0.2}
POST /_standin/reset     forgets steps, faults, cache, invoice and requests
GET  /_standin/billed    the invoice
GET  /_standin/requests  the requests
"""

import json
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from devtools.claude_standin.calls import Shop
from devtools.claude_standin.errors import ApiError, invalid
from devtools.claude_standin.faults.script import FaultMix
from devtools.claude_standin.faults.steps import parse
from devtools.claude_standin.threads import Threads

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


PREFIX = "/_standin/"


def control(method: str, path: str, raw: bytes, shop: Shop, log: RequestsLog) -> Any:
    """What one of these endpoints answers, as JSON.

    Raises:
        ApiError: 404 for none of them, 400 for a step or a mix that makes no sense.
    """
    verbs: dict[tuple[str, str], Callable[[], Any]] = {
        ("POST", "script"): lambda: _script(raw, shop),
        ("POST", "faults"): lambda: _faults(raw, shop),
        ("POST", "reset"): lambda: reset(shop, log),
        ("GET", "billed"): shop.invoice.records,
        ("GET", "requests"): log.entries,
    }
    verb = verbs.get((method, path.removeprefix(PREFIX)))
    if verb is None:
        known = ", ".join(f"{name} {PREFIX}{rest}" for name, rest in verbs)
        raise ApiError(404, f"the stand-in has no {method} {path}; there are: {known}")
    try:
        return verb()
    except (ValueError, TypeError, KeyError) as error:
        raise invalid(str(error)) from error


def reset(shop: Shop, log: RequestsLog) -> dict[str, bool]:
    """Forget everything; the billing file keeps its lines."""
    shop.script.clear()
    shop.cache.clear()
    shop.threads = Threads()
    shop.invoice.clear()
    log.clear()
    return {"ok": True}


def _script(raw: bytes, shop: Shop) -> dict[str, int]:
    steps = json.loads(raw)
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise ValueError("a script is a JSON list of steps, each an object")
    shop.script.add([parse(step) for step in steps])
    return {"added": len(steps)}


def _faults(raw: bytes, shop: Shop) -> dict[str, bool]:
    mix = json.loads(raw)
    if not isinstance(mix, dict) or not isinstance(mix.get("rates"), dict):
        raise ValueError('a mix of faults is {"seed": 1, "rates": {"529": 0.02}}')
    shop.script.mix(FaultMix(int(mix.get("seed", 0)), mix["rates"], float(mix.get("seconds", 0.2))))
    return {"ok": True}
