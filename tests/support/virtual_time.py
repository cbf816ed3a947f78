"""Many simulated processes that share one virtual clock, so that a minute of a fleet takes a second to test.

Each process is a thread, and exactly one of them runs at a time: the one whose wake-up time is next. Code under test
stays synchronous; it waits through `VirtualTime.sleep`.
"""

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_STACK_BYTES = 512 * 1024


class VirtualTime:
    """The `Clock` port of all processes of a simulation."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._waiting: list[tuple[float, int, threading.Semaphore]] = []
        self._order = count()
        self._paused = threading.Semaphore(0)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def processor(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Lets the other processes run until so many seconds have passed."""
        wake = threading.Semaphore(0)
        heapq.heappush(self._waiting, (self.elapsed + seconds, next(self._order), wake))
        self._paused.release()
        wake.acquire()

    def run(self, starts: list[tuple[float, Callable[[], None]]]) -> None:
        """Runs every function from its start time (seconds) on, until all have returned; raises their first error."""
        errors: list[BaseException] = []
        before = threading.stack_size(_STACK_BYTES)
        try:
            threads = [self._thread(start, work, errors) for start, work in starts]
            for thread in threads:
                thread.start()
        finally:
            threading.stack_size(before)
        while self._waiting:
            self.elapsed, _, wake = heapq.heappop(self._waiting)
            wake.release()
            self._paused.acquire()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _thread(self, start: float, work: Callable[[], None], errors: list[BaseException]) -> threading.Thread:
        wake = threading.Semaphore(0)
        heapq.heappush(self._waiting, (start, next(self._order), wake))

        def body() -> None:
            wake.acquire()
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - handed to the thread that runs the simulation
                errors.append(error)
            self._paused.release()

        return threading.Thread(target=body, daemon=True)
