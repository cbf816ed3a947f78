"""The callers: so many at once, each with a connection of its own, each judging what it is answered."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from soak.requests import SoakRequest, soak_request

_TIMEOUT_SECONDS = 60
CUT = -1
"""In place of the status of an answer that broke off."""
_ERROR_TYPES = {
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "timeout_error",
    "overloaded_error",
}


@dataclass(slots=True)
class Answers:
    """What all callers were answered. `unshaped` describes answers that no SDK could make sense of."""

    statuses: Counter[int] = field(default_factory=Counter)
    unshaped: list[str] = field(default_factory=list)
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, status: int, problem: str | None) -> None:
        with self.lock:
            self.done += 1
            self.statuses[status] += 1
            if problem:
                self.unshaped.append(problem)


class Callers:
    """Sends requests 0…total-1 of a seed, and calls `each` after every answer."""

    def __init__(self, url: str, seed: int, total: int, each: Callable[[int], None]) -> None:
        self._address = urlsplit(url).netloc
        self._seed = seed
        self._total = total
        self._each = each
        self._numbers = count()
        self.answers = Answers()

    def run(self, at_once: int) -> Answers:
        threads = [threading.Thread(target=self._call, name=f"caller-{number}") for number in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.answers

    def _call(self) -> None:
        connection = http.client.HTTPConnection(self._address, timeout=_TIMEOUT_SECONDS)
        while (number := next(self._numbers)) < self._total:
            try:
                status, text = _send(connection, soak_request(self._seed, number))
                self.answers.note(status, problem(status, text))
            except http.client.IncompleteRead:
                # Its process was killed when the status was out already. `Soaked` allows no more of these than kills.
                self.answers.note(CUT, None)
                connection.close()
            except (OSError, http.client.HTTPException) as error:
                self.answers.note(0, f"request {number}: no answer at all ({type(error).__name__})")
                connection.close()
            self._each(self.answers.done)
        connection.close()


def _send(connection: http.client.HTTPConnection, request: SoakRequest) -> tuple[int, bytes]:
    headers = {"content-type": "application/json", "x-api-key": "soak"}
    connection.request("POST", request.path, json.dumps(request.body).encode(), headers)
    response = connection.getresponse()
    return response.status, response.read()


def problem(status: int, text: bytes) -> str | None:
    """What is wrong with an answer's shape; None: nothing."""
    told: Any
    try:
        told = json.loads(text)
    except ValueError:
        return f"status {status}: not JSON"
    if not isinstance(told, dict):
        return f"status {status}: not an object"
    if status == 200:
        return None if "content" in told else "status 200: no content"
    error = told.get("error")
    if told.get("type") != "error" or not isinstance(error, dict):
        return f"status {status}: not an error of Anthropic's shape"
    if error.get("type") not in _ERROR_TYPES or not error.get("message") or not told.get("request_id"):
        return f"status {status}: error type {error.get('type')!r}, or no message or request id"
    return None
