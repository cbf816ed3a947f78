"""Processes that a nursery has forked: waited for and ended as those of ``subprocess`` are."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from typing import Protocol

_LOOK = 0.005  # seconds between two looks at a process that is waited for
_UNKNOWN = 255
Streams = tuple[int, int, int]
"""Standard input, output and error, as descriptors; they stay the caller's to close."""


class Process(Protocol):
    """What `subprocess.Popen` and `Forked` have in common, and is used here."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status, negative for a signal, or None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """The same, once it has ended; subprocess.TimeoutExpired if it does not in time."""

    def kill(self) -> None:
        """SIGKILL."""

    def terminate(self) -> None:
        """SIGTERM."""


class Forked:
    """A process that a nursery has forked, and of whose end it tells through ``pipe``."""

    def __init__(self, pid: int, pipe: int) -> None:
        self.pid = pid
        self._pipe = pipe
        self._status: int | None = None
        self._lock = threading.Lock()
        os.set_blocking(pipe, False)

    def poll(self) -> int | None:
        """Its exit status, negative for a signal, or None while it runs."""
        with self._lock:
            if self._status is None:
                with contextlib.suppress(BlockingIOError):
                    told = os.read(self._pipe, 32)
                    self._status = int(told or _UNKNOWN)  # nothing: the nursery itself is gone
                    os.close(self._pipe)
            return self._status

    def wait(self, timeout: float | None = None) -> int:
        """The same, once it has ended."""
        started = time.monotonic()
        while (status := self.poll()) is None:
            if timeout is not None and time.monotonic() - started > timeout:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(_LOOK)
        return status

    def kill(self) -> None:
        """SIGKILL."""
        self._send(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self._send(signal.SIGTERM)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
