"""The callers, so many at once, each with a connection of its own; and what all of them together were answered."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urlsplit

from devtools.soak.requests import SoakRequest, soak_request
from devtools.soak.wire import HUNG_UP, STALLED, Heard, Line, upload

_CONFLICT = 409
_KEY_IS_RUNNING = b"idempotency key"
_TAKEN = 202


@dataclass(slots=True)
class Answers:
    """`unshaped` describes answers that no SDK could make sense of, and those that break a promise to their caller.

    `statuses` counts answers; a request that is repeated has several, and is counted once by `done`.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    unshaped: list[str] = field(default_factory=list)
    done: int = 0
    #: streamed, pinged (before anything else came), hung up, replayed
    kinds: Counter[str] = field(default_factory=Counter)
    #: Ids of the jobs that were taken.
    jobs: set[str] = field(default_factory=set)
    last_job: str | None = None
    #: How often the request of each idempotency key may have been executed: not as a replay and not as a conflict.
    runs: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: SoakRequest, number: int, heard: Heard) -> None:
        with self.lock:
            self.statuses[heard.status] += 1
            self._count(heard)
            if heard.problem:
                self.unshaped.append(f"request {number}: {heard.problem}")
            if request.key is not None and not heard.is_replay and not _is_conflict(heard):
                self.runs[request.key] += 1
            if heard.status == _TAKEN and not heard.problem:
                self.last_job = json.loads(heard.text)["id"]
                self.jobs.add(self.last_job)

    def promise_broken(self, number: int, how: str) -> None:
        with self.lock:
            self.unshaped.append(f"request {number}: {how}")

    def finish(self) -> int:
        """Counts a finished request. Returns the number so far, which differs for each caller."""
        with self.lock:
            self.done += 1
            return self.done

    def _count(self, heard: Heard) -> None:
        self.kinds["streamed"] += heard.is_stream
        self.kinds["pinged"] += heard.is_stream and heard.text.startswith(b"event: ping\n")
        self.kinds["hung up"] += heard.status == HUNG_UP
        self.kinds["stalled"] += heard.status == STALLED
        self.kinds["replayed"] += heard.is_replay


def _is_conflict(heard: Heard) -> bool:
    """Whether the router refused to run a request that runs already. A 409 of Claude's own is the end of a run."""
    return heard.status == _CONFLICT and _KEY_IS_RUNNING in heard.text


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
