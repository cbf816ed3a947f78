"""Runs Python modules in processes forked from a server that has already imported their libraries.

The SDKs of Claude and AWS, and moto, take seconds to import: longer than everything else that a worker does before it
is ready. The fork servers are those of `multiprocessing`; they end with this process.
"""

import atexit
import contextlib
import io
import os
import pickle
import runpy
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import wait
from typing import NoReturn

Libraries = tuple[str, ...]
Streams = tuple[int, int, int]
"""File descriptors of standard input, output and error. The caller keeps and closes its own copies."""

_FORK_SERVER_LOST = 255
_servers: dict[Libraries, forkserver.ForkServer] = {}
_lock = threading.Lock()


def fork_server(libraries: Libraries) -> forkserver.ForkServer:
    """The fork server with these libraries, started if need be. It imports them while this process continues."""
    with _lock:
        if libraries not in _servers:
            server = forkserver.ForkServer()
            server.set_forkserver_preload([*libraries, "devtools.processes.preload"])
            _servers[libraries] = server
        _servers[libraries].ensure_running()
        return _servers[libraries]


class ForkedProcess:
    """Has the methods of `subprocess.Popen` that are used here. Safe under threads."""

    def __init__(self, pid: int, status: int) -> None:
        """`status` is the pipe that the fork server writes the exit status to."""
        self.pid = pid
        self._pipe = status
        self._status: int | None = None
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""
        return self._read(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once the process has ended. Raises subprocess.TimeoutExpired."""
        status = self._read(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
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

    def _read(self, timeout: float | None) -> int | None:
        if self._status is None:
            wait([self._pipe], timeout)
        with self._lock:
            if self._status is None and wait([self._pipe], 0):
                try:
                    self._status = forkserver.read_signed(self._pipe)
                except EOFError:
                    self._status = _FORK_SERVER_LOST
                os.close(self._pipe)
            return self._status


@dataclass(frozen=True, slots=True)
class Program:
    """A module, run as ``python -m`` would run it."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str

    def fork(self, libraries: Libraries, streams: Streams) -> ForkedProcess:
        """Start it in a process group of its own. Raises ChildProcessError if the fork server has failed."""
        status, data = fork_server(libraries).connect_to_new_process(list(streams))
        with open(data, "wb") as pipe:  # noqa: PTH123 - a descriptor
            pickle.dump({}, pipe)  # multiprocessing expects its own settings first; the process needs none of them
            pickle.dump(self, pipe)
        try:
            return ForkedProcess(forkserver.read_signed(status), status)
        except EOFError:
            os.close(status)
            raise ChildProcessError("the fork server has ended; its message is on standard error") from None

    def _bootstrap(self, _parent_sentinel: int) -> NoReturn:
        """Called by multiprocessing in the forked process."""
        os.setpgid(0, 0)
        for number, descriptor in enumerate(forkserver.get_inherited_fds() or ()):
            os.dup2(descriptor, number)
        os.closerange(3, 256)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115
        sys.stdout, sys.stderr = _unbuffered(1, "strict"), _unbuffered(2, "backslashreplace")
        os.environ.clear()
        os.environ.update(self.environment)
        time.tzset()
        os.chdir(self.folder)
        sys.path[0] = self.folder  # was the fork server's
        sys.argv = list(self.arguments)
        _end(_run(self.arguments[0]))


def _unbuffered(descriptor: int, errors: str) -> io.TextIOWrapper:
    raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(raw, encoding="utf-8", errors=errors, write_through=True)


def _run(module: str) -> int:
    """Run the module. Returns the exit status."""
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001 - reported as Python itself does
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _end(status: int) -> NoReturn:
    """Exit as Python does, but leave the loaded modules alone: taking them apart would copy every page of them."""
    getattr(threading, "_shutdown")()  # noqa: B009 - as multiprocessing does; typeshed does not list it
    getattr(atexit, "_run_exitfuncs")()  # noqa: B009
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status & 0xFF)
