"""Starts Python modules as processes: forked from one that has loaded their libraries, or from nothing."""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from local_stack import nursery

AWS_LIBRARIES = (
    "boto3",
    "moto.moto_server.werkzeug_app",
    "moto.apigateway.urls",
    "moto.cloudwatch.urls",
    "moto.dynamodb.urls",
    "moto.s3.urls",
    "moto.sns.urls",
    "moto.sqs.urls",
    "moto.ssm.urls",
    "pydantic.main",
)
FUNCTION_LIBRARIES = (
    "anthropic.lib.streaming",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "boto3",
    "jinja2",
    "jsonschema",
    "leather",
    "pydantic.main",
    "re2",
    "s3transfer.manager",
    "simplejson",
)
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


class Nursery:
    """A process of ``local_stack.nursery``. It loads while others go on: a first request waits until it has."""

    def __init__(self, libraries: Sequence[str]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", nursery.__file__, *libraries],
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=theirs.fileno(),
                process_group=0,  # Ctrl-C is for the stack, which then ends what it started
            )

    def fork(self, request: Mapping[str, object], streams: Streams) -> Forked:
        """A process; ChildProcessError where the nursery did not start or has ended."""
        message = json.dumps(request).encode()
        if len(message) > nursery.MESSAGE_LIMIT:
            raise ChildProcessError(f"its arguments and variables come to {len(message)} bytes: too many")
        ours, theirs = os.pipe()
        try:
            socket.send_fds(self._control, [message], [*streams, theirs])
        finally:
            os.close(theirs)
        told = b""
        while not told.endswith(b"\n"):
            piece = os.read(ours, 1)
            if not piece:
                os.close(ours)
                raise ChildProcessError("the process that workers are forked from has ended; it said why")
            told += piece
        return Forked(int(told), ours)

    def close(self) -> None:
        """End it. What it has forked is ended by whoever asked for it."""
        self._control.close()
        self._process.wait()


_nurseries: dict[tuple[str, ...], Nursery] = {}
_lock = threading.Lock()


def warm(libraries: tuple[str, ...]) -> Nursery | None:
    """The nursery of these libraries, one for this whole process; None where forking is not safe (macOS)."""
    if sys.platform != "linux" or not libraries:
        return None
    with _lock:
        if libraries not in _nurseries:
            _nurseries[libraries] = Nursery(libraries)
            atexit.register(_nurseries[libraries].close)
        return _nurseries[libraries]


def _told_otherwise(environment: Mapping[str, str]) -> bool:
    """Whether variables that Python reads when it starts (PYTHONPATH) differ: too late in a process that is forked."""
    read = {name: value for name, value in environment.items() if name.startswith("PYTHON")}
    read.pop("PYTHONUNBUFFERED", None)  # a nursery's streams have no buffer either
    return any(os.environ.get(name) != value for name, value in read.items())


def start(
    arguments: Sequence[str],
    streams: Streams,
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    libraries: tuple[str, ...] = (),
) -> Process:
    """``python -m <arguments>`` in a process group of its own; with ``libraries`` loaded already, where that can be."""
    warmed = None if _told_otherwise(environment) else warm(libraries)
    if warmed is not None:
        where = str(folder or Path.cwd())
        request = {"arguments": list(arguments), "environment": dict(environment), "folder": where}
        return warmed.fork(request, streams)
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=dict(environment),
        cwd=folder,
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        process_group=0,
    )
