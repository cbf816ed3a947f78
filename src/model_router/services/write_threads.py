"""Threads for writes whose caller waits no longer than it chooses, even if the network hangs.

A ThreadPoolExecutor would not do: a hung thread of its pool is lost to all later writes, and delays the process's end.
"""

import threading
import time
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue

_GIVE_WAY_SECONDS = 20e-6
"""Long enough for the interpreter to switch to the writing thread, which then runs until it waits for the network."""

_MAX_THREADS = 16
"""How many writes may hang at the same time. Beyond that no write is started: it would hang as well."""


class WriteHangs(Exception):
    """A write did not end in time. It may still take effect, now or much later."""


class WriteRefused(WriteHangs):
    """A write was not begun, because too many others hang. It takes no effect."""


class PendingWrite:
    """A write in progress."""

    def __init__(self, job: Callable[[], None]) -> None:
        self._job = job
        self._over = threading.Event()
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._job()
        except Exception as error:  # noqa: BLE001 - it is raised where the write is awaited
            self._error = error
        finally:
            self._over.set()

    def refuse(self, error: Exception) -> None:
        self._error = error
        self._over.set()

    def wait(self, seconds: float) -> None:
        """Returns once the write took effect. Raises its error, or WriteHangs after `seconds`."""
        if not self._over.wait(seconds):
            raise WriteHangs(f"not acknowledged within {seconds:g} s")
        if self._error is not None:
            raise self._error


class WriteThreads:
    """Runs writes, each on an idle thread or a new one."""

    def __init__(self) -> None:
        self._idle: list[SimpleQueue[PendingWrite | None]] = []
        self._threads = 0
        self._lock = threading.Lock()

    def __del__(self) -> None:
        for inbox in self._idle:
            inbox.put(None)

    def start(self, job: Callable[[], None], *, give_way: bool = False) -> PendingWrite:
        """Starts `job` and returns at once. With `give_way` the job first runs until it waits for the network."""
        write = PendingWrite(job)
        with self._lock:
            inbox = self._idle.pop() if self._idle else self._new_thread()
        if inbox is None:
            write.refuse(WriteRefused(f"{_MAX_THREADS} earlier writes hang"))
        else:
            inbox.put(write)
            if give_way:
                time.sleep(_GIVE_WAY_SECONDS)
        return write

    def _new_thread(self) -> SimpleQueue[PendingWrite | None] | None:
        if self._threads == _MAX_THREADS:
            return None
        self._threads += 1
        inbox: SimpleQueue[PendingWrite | None] = SimpleQueue()
        serve = partial(_serve, inbox, self._idle, self._lock)
        threading.Thread(target=serve, name=f"writer-{self._threads}", daemon=True).start()
        return inbox


def _serve(
    inbox: SimpleQueue[PendingWrite | None], idle: list[SimpleQueue[PendingWrite | None]], lock: threading.Lock
) -> None:
    """A thread's work. It keeps neither its WriteThreads nor a job that has ended alive, so that both can go."""
    while (write := inbox.get()) is not None:
        write.run()
        del write
        with lock:
            idle.append(inbox)
