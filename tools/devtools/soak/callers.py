"""The callers: so many at once, each with a connection of its own, each judging what it is answered."""

import threading
from collections.abc import Callable
from itertools import count
from urllib.parse import urlsplit

from devtools.soak.answers import Answers
from devtools.soak.requests import SoakRequest, soak_request
from devtools.soak.uploads import upload
from devtools.soak.wire import Heard, Line

_GIVEN = (200, 202)


class Callers:
    """Sends requests 0…total-1 of a seed, and calls `each` with how many are done after every one."""

    def __init__(self, url: str, seed: int, total: int, each: Callable[[int], None]) -> None:
        self._address = urlsplit(url).netloc
        self._seed = seed
        self._total = total
        self._each = each
        self._numbers = count()
        #: Connections of callers who have stopped reading.
        self._stalled: list[Line] = []
        self.answers = Answers()

    def run(self, at_once: int) -> Answers:
        threads = [threading.Thread(target=self._call, name=f"caller-{number}") for number in range(at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.answers

    def close(self) -> None:
        """Close the connections that were left unread."""
        for line in self._stalled:
            line.close()

    def _call(self) -> None:
        line = Line(self._address)
        while (number := next(self._numbers)) < self._total:
            self._send(line, number, soak_request(self._seed, number))
            self._each(self.answers.finish())
        line.close()

    def _send(self, line: Line, number: int, request: SoakRequest) -> None:
        """Once, and again under its key: what was given and kept must then be given again, not made again."""
        if request.stalls:
            line = Line(self._address)
            self._stalled.append(line)
        kept = False
        for _ in range(1 + request.repeats):
            heard = upload(line, request) if request.uploads else line.ask(request)
            self.answers.note(request, number, heard)
            if kept and _is_new(heard):
                self.answers.promise_broken(number, "executed again under the same idempotency key")
            kept = kept or (_is_new(heard) and not request.streams)


def _is_new(heard: Heard) -> bool:
    """Whether it is an answer that was made for this call, and kept. A stream cannot say any more that it was not."""
    return heard.status in _GIVEN and not (heard.is_replay or heard.is_unkept)
