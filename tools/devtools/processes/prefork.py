"""The nurseries that this process, or one that it belongs to, keeps: processes are forked from them.

A process may share its own: `share` puts a socket for each into a folder that a variable names, and those that it
starts ask there instead of loading the same libraries again. The tests do so, of which many processes start stacks.
"""

import atexit
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from devtools.processes import prefork_server as nursery
from devtools.processes.forked import Forked, Streams

_FOLDER = "LOCAL_STACK_NURSERIES"
Libraries = tuple[str, ...]


class _Asker:
    """Asks a nursery for processes, through a socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control

    def fork(self, request: Mapping[str, object], streams: Streams) -> Forked:
        """A process; ChildProcessError where the nursery did not start or has ended."""
        message = json.dumps(request).encode()
        if len(message) > nursery.MESSAGE_LIMIT:
            raise ChildProcessError(f"its arguments and variables come to {len(message)} bytes: too many")
        ours, theirs = os.pipe()
        try:
            self.send(message, [*streams, theirs])
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

    def send(self, message: bytes, descriptors: Sequence[int]) -> None:
        """A message as the nursery takes it."""
        socket.send_fds(self._control, [message], descriptors)

    def close(self) -> None:
        """Ask no more."""
        self._control.close()


class Nursery(_Asker):
    """A process of ``nursery.py``. It loads while others go on: a first request waits until it has."""

    def __init__(self, libraries: Sequence[str]) -> None:
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        super().__init__(control)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", nursery.__file__, *libraries],
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=theirs.fileno(),
                process_group=0,  # Ctrl-C is for the stack, which then ends what it started
            )

    def close(self) -> None:
        """End it. What it has forked is ended by whoever asked for it."""
        super().close()
        self._process.wait()


_own: dict[Libraries, Nursery] = {}
_shared: dict[Path, _Asker] = {}
_lock = threading.Lock()


def warm(libraries: Libraries) -> _Asker | None:
    """The nursery of these libraries: a shared one, or this process's; None where forking is not safe (macOS)."""
    if sys.platform != "linux" or not libraries:
        return None
    with _lock:
        return _find_shared(libraries) or _find_own(libraries)


def _find_own(libraries: Libraries) -> Nursery:
    if libraries not in _own:
        _own[libraries] = Nursery(libraries)
        atexit.register(_own[libraries].close)
    return _own[libraries]


def _find_shared(libraries: Libraries) -> _Asker | None:
    folder = os.environ.get(_FOLDER)
    if not folder:
        return None
    door = _door(Path(folder), libraries)
    if door not in _shared:
        asked = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            asked.connect(str(door))
        except OSError:  # none for these, or whoever kept it has ended
            asked.close()
            return None
        _shared[door] = _Asker(asked)
        atexit.register(asked.close)
    return _shared[door]


def _door(folder: Path, libraries: Libraries) -> Path:
    """The socket at which a nursery is asked that has loaded these, in this Python with these variables for it."""
    loaded = json.dumps([sys.executable, python_variables(os.environ), libraries])
    return folder / hashlib.sha256(loaded.encode()).hexdigest()[:16]


def python_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What Python reads when it starts (PYTHONPATH): too late in a process that is forked."""
    read = {name: environment[name] for name in sorted(environment) if name.startswith("PYTHON")}
    read.pop("PYTHONUNBUFFERED", None)  # a nursery's streams have no buffer either
    return read


def share(folder: Path, every: Iterable[Libraries]) -> None:
    """From now on, processes that this one starts ask its nurseries, each of which starts when it is first asked."""
    if sys.platform != "linux":
        return
    for libraries in every:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            door.bind(str(_door(folder, libraries)))
        except OSError:  # such as a path that is too long for a socket: each has its own, then
            door.close()
            continue
        threading.Thread(target=_pass_on, args=[door, libraries], name="nursery", daemon=True).start()
    os.environ[_FOLDER] = str(folder)


def _pass_on(door: socket.socket, libraries: Libraries) -> None:
    while True:
        message, descriptors, *_ = socket.recv_fds(door, nursery.MESSAGE_LIMIT, nursery.STREAMS + 1)
        try:
            with _lock:
                own = _find_own(libraries)
            own.send(message, descriptors)
        except OSError as error:  # the asker sees that the pipe is closed
            print(f"no process could be forked: {error}", file=sys.stderr)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
