"""Programs for a shell's PATH that run Python modules of ours without loading boto3 and the like for each command.

A program hands its arguments, variables, folder and streams to the test, which starts the module where the local stack
starts its processes, and ends with the module's exit status. A page of commands takes half of the time that way.
"""

import json
import os
import socket
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from devtools.processes.start import FUNCTION_LIBRARIES, start

_PROGRAM = """#!{python} -IS
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
asked = {{"arguments": [{module!r}, *sys.argv[1:]], "environment": dict(os.environ), "folder": os.getcwd()}}
socket.send_fds(server, [b"."], [0, 1, 2])
server.sendall(json.dumps(asked).encode())
server.shutdown(socket.SHUT_WR)
sys.exit(int(server.recv(16) or 255))
"""


class ForkedPrograms:
    """Makes the programs, by name the module that each runs, in ``folder`` and serves them while the context lasts."""

    def __init__(self, folder: Path, modules: Mapping[str, str]) -> None:
        address = str(folder / "server")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(address)
        self._listener.listen()
        for name, module in modules.items():
            text = _PROGRAM.format(python=sys.executable, address=address, module=module)
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def __enter__(self) -> Self:
        threading.Thread(target=self._serve, name="programs", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits there
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=_run, args=[connection], name="program", daemon=True).start()


def _run(connection: socket.socket) -> None:
    with connection:
        _, descriptors, *_ = socket.recv_fds(connection, 1, 3)
        try:
            asked = json.loads(connection.makefile("rb").read())
            process = start(
                asked["arguments"],
                (descriptors[0], descriptors[1], descriptors[2]),
                environment=asked["environment"],
                folder=Path(asked["folder"]),
                libraries=FUNCTION_LIBRARIES,
            )
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        connection.sendall(str(process.wait()).encode())
