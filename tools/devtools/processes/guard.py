"""Ends the processes that this one has started when it ends, however it ends: a SIGKILL runs no `finally`.

A small process reads from a pipe which processes there are. The pipe's other end is closed when this process ends, and
what is still in the list is killed then, each with its process group.
"""

import atexit
import subprocess
import sys
import threading

_PROGRAM = """
import os, signal, sys
started = set()
for line in iter(sys.stdin.readline, ""):
    number = int(line)
    started.add(number) if number > 0 else started.discard(-number)
for number in started:
    try:
        os.killpg(number, signal.SIGKILL)
    except OSError:
        pass
"""
_lock = threading.Lock()
_guard: "subprocess.Popen[bytes] | None" = None


def watch(pid: int) -> None:
    """The leader of a process group that is to end with this process."""
    _tell(pid)


def forget(pid: int) -> None:
    """It has ended: its number may be another's soon."""
    _tell(-pid)


def _tell(number: int) -> None:
    with _lock:
        stdin = _running().stdin
        assert stdin is not None
        stdin.write(f"{number}\n".encode())


def _running() -> "subprocess.Popen[bytes]":
    """The guard, started when it is first needed, in a group of its own, which Ctrl-C does not reach."""
    global _guard  # noqa: PLW0603 - one for this process
    if _guard is None:
        command = [sys.executable, "-I", "-S", "-c", _PROGRAM]
        _guard = subprocess.Popen(command, stdin=subprocess.PIPE, bufsize=0, process_group=0)
        atexit.register(_guard.communicate)  # closes the pipe, and waits
    return _guard
