"""A small HTTP/1.1 server: a thread per connection, keep-alive, one write per response.

The standard library's handler spends more on parsing headers than the rest of the local stack does on a request; this
one reads only what the gateway, the Lambda APIs and awslambdaric use.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from devtools.http.messages import (
    LAST_CHUNK,
    BadRequestError,
    CutOffError,
    Request,
    Response,
    chunk,
    read_head,
)


class PortInUseError(Exception):
    """The address is taken; the text says which and what to do."""


class HttpServer:
    """Listens from construction, serves from ``start``. Port 0 takes a free one; ``variable`` is where users set it.

    Where ``respond`` gives None, the request is answered on its connection by another thread.
    """

    def __init__(
        self, host: str, port: int, respond: Callable[[Request], Response | None], *, name: str, variable: str = "PORT"
    ) -> None:
        self._respond = respond
        self._name = name
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((host, port))
        except OSError as error:
            self._listener.close()
            raise PortInUseError(
                f"{name}: cannot listen on {host}:{port} ({error.strerror}). "
                f"Stop what uses that port, or choose another with {variable}."
            ) from error
        self._listener.listen(256)
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False
        self.host, self.port = host, int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._accept, name=f"{self._name}-accept", daemon=True).start()

    def close(self) -> None:
        """Stop listening and end every connection."""
        with self._lock:
            self._closed = True
            connections = list(self._connections)
        for connection in (self._listener, *connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side was quicker
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                if self._closed:
                    connection.close()
                    return
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection, address[0]), name=self._name, daemon=True).start()

    def _serve(self, connection: socket.socket, peer: str) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with connection, connection.makefile("rb") as rfile:
                try:
                    while self._serve_one(connection, rfile, peer):
                        pass
                except BadRequestError as error:
                    connection.sendall(Response(400, body=str(error).encode(), close=True).encode())
        except OSError:
            return  # hung up
        finally:
            with self._lock:
                self._connections.discard(connection)

    def _serve_one(self, connection: socket.socket, rfile: BinaryIO, peer: str) -> bool:
        request = read_head(connection, rfile, peer)
        if request is None:
            return False
        response = self._respond(request)
        if response is None:
            return True
        if not request.body_read and request.method not in ("GET", "HEAD"):
            for _ in request.chunks():
                pass
        response.close = response.close or not request.keeps_alive
        connection.sendall(response.encode(head_only=request.method == "HEAD"))
        if response.stream is not None and not response.over:
            return _send_stream(connection, response.stream) and not response.close
        return not response.close


def _send_stream(connection: socket.socket, stream: Iterator[bytes]) -> bool:
    """Each piece as a chunk; whether the answer came to its end."""
    try:
        for piece in stream:
            connection.sendall(chunk(piece))
    except CutOffError:
        return False
    connection.sendall(LAST_CHUNK)
    return True
