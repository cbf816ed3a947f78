"""``python -P nursery.py LIBRARY…``: loads libraries once, and forks processes that need not load them again.

The SDKs of Claude and AWS, and moto, take seconds to load: more than all else that a worker does before it is ready.
No module of this project is loaded here (hence a script, not a module of its package), so what is forked runs the code
as it is then, read from its files.

Its standard input is a socket (``nurseries.Nursery`` has the other end). A message asks for one process: JSON
``{"arguments", "environment", "folder"}`` and four descriptors, which are the process's standard streams and a pipe
that is told its number and, once it has ended, its exit status. When the socket ends, so does the nursery.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import time
from typing import Any, NoReturn

MESSAGE_LIMIT = 128 * 1024
STREAMS = 3
_SERVICES = ("dynamodb", "s3", "sns", "sqs", "ssm")


class _Nursery:
    """Forks on request, and tells how its children ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._told_by: dict[int, int] = {}
        signal.signal(signal.SIGCHLD, self._see_who_ended)

    def serve(self) -> dict[str, Any] | None:
        """Returns None at the end, and in each forked process the request that it is to fulfil."""
        while True:
            message, descriptors, *_ = socket.recv_fds(self._control, MESSAGE_LIMIT, STREAMS + 1)
            if not message:
                return None
            # A child may end before it is written down who is to be told: its signal waits until then.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
            pid = os.fork()
            if pid == 0:
                self._leave(descriptors)
                return dict(json.loads(message))
            *streams, pipe = descriptors
            for descriptor in streams:
                os.close(descriptor)
            self._told_by[pid] = pipe
            _tell(pipe, pid)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})

    def _leave(self, descriptors: list[int]) -> None:
        """In the child: keep its streams alone."""
        os.setpgid(0, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        self._control.close()
        for number, descriptor in enumerate(descriptors[:STREAMS]):
            os.dup2(descriptor, number)
        for descriptor in [*descriptors, *self._told_by.values()]:
            os.close(descriptor)

    def _see_who_ended(self, *_: object) -> None:
        for pid, pipe in list(self._told_by.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._told_by[pid]
                _tell(pipe, os.waitstatus_to_exitcode(status))
                os.close(pipe)


def _tell(pipe: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever asked may have gone
        os.write(pipe, f"{number}\n".encode())


def _become(request: dict[str, Any]) -> NoReturn:
    """Go on as ``python -m`` would have, started with these arguments, variables and folder."""
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["folder"])
    sys.path.insert(0, request["folder"])
    module, *arguments = request["arguments"]
    sys.argv = [module, *arguments]
    status = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = _exit_status(end.code)
    except BaseException:  # noqa: BLE001 - said, as at the end of every Python process
        sys.excepthook(*sys.exc_info())
        status = 1
    _end(status)


def _exit_status(code: object) -> int:
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _end(status: int) -> NoReturn:
    """What Python does at its end, but for taking apart all that is loaded: that would copy every page of it."""
    getattr(threading, "_shutdown")()  # noqa: B009 - as multiprocessing does; typeshed does not list it
    getattr(atexit, "_run_exitfuncs")()  # noqa: B009
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status & 0xFF)


def _read_descriptions() -> None:
    """Megabytes of JSON say what AWS's services are like; botocore reads them anew in each session, and moto too.

    A loader keeps what it has read, and nothing else. Sessions in the processes that are forked have this one, unless
    they are told of other folders (AWS_DATA_PATH).
    """
    session: Any = importlib.import_module("botocore.session")
    create, loader = session.create_loader, session.create_loader(None)
    session.create_loader = lambda folders=None: loader if folders is None else create(folders)
    for name in ("endpoints", "partitions", "_retry", "sdk-default-configuration"):
        loader.load_data(name)
    for service in _SERVICES:
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")
        if moto := sys.modules.get("moto.core.utils"):
            moto.get_service_model(service)


def main(libraries: list[str]) -> None:
    """Load, then serve."""
    for name in libraries:
        importlib.import_module(name)
    if "boto3" in sys.modules:
        _read_descriptions()
    gc.collect()
    gc.freeze()  # what is loaded stays: a collection in a child would only copy its pages
    # Moved away from number 0, which is the children's standard input.
    control = socket.socket(fileno=os.dup(sys.stdin.fileno()))
    request = _Nursery(control).serve()
    if request is not None:
        _become(request)
    _end(0)


if __name__ == "__main__":
    main(sys.argv[1:])
