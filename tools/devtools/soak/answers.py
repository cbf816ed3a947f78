"""What all callers together were answered."""

import json
import threading
from collections import Counter
from dataclasses import dataclass, field

from devtools.soak.requests import SoakRequest
from devtools.soak.wire import HUNG_UP, STALLED, Heard

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
