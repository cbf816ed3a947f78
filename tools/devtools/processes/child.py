"""Starts the stack's servers as processes of their own and ends them again."""

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.processes import guard
from devtools.processes.start import start

_START_LIMIT = 60.0  # seconds
_STOP_LIMIT = 5.0


class ChildFailedError(Exception):
    """A server did not come up; the text holds what it said."""


class Child:
    """A Python module run as a server: it prints one JSON line ``{"url": …}`` when it listens."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        libraries: tuple[str, ...] = (),
    ) -> None:
        """With ``libraries`` it is forked from a process that has loaded them, where that can be."""
        self._module = module
        self._log = log
        theirs, stdin = os.pipe()  # closed when this process ends, however it ends
        stdout, their_stdout = os.pipe()
        self._stdin, self._stdout = os.fdopen(stdin, "wb"), os.fdopen(stdout, "rb")
        try:
            with log.open("ab") as stderr:
                self._process = start(
                    [module, *arguments],
                    (theirs, their_stdout, stderr.fileno()),
                    environment={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                    libraries=libraries,
                )
        finally:
            os.close(theirs)
            os.close(their_stdout)
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._read, name=f"{module}-stdout", daemon=True).start()

    def url(self) -> str:
        """Where it listens, once it does; ChildFailedError with the end of its log if it ends instead."""
        with contextlib.suppress(queue.Empty):
            line = self._lines.get(timeout=_START_LIMIT)
            with contextlib.suppress(ValueError, TypeError, KeyError):
                return str(json.loads(line)["url"])
        log_lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        reason = log_lines[-1] if log_lines else "it said nothing"
        raise ChildFailedError(f"{self._module} did not start: {reason} (log: {self._log})")

    def stop(self) -> None:
        """End it: asked first, then killed."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        guard.forget(self._process.pid)
        self._stdin.close()

    def _read(self) -> None:
        """Pass the output on, to its end: a full pipe would stop the server."""
        with self._stdout as stdout:
            for line in stdout:
                self._lines.put(line)
        self._lines.put(b"")
