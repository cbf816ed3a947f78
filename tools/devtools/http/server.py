"""An HTTP/1.1 server: one thread per connection, keep-alive, one write per response.

The standard library's request handler spends more time on parsing headers than the local stack spends on the rest of a
request. This server reads only what the gateway, the Lambda APIs and the stand-in for Claude use.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from devtools.http.messages import LAST_CHUNK, BadRequestError, CutOffError, Request, Response, chunk, read_head

_RECEIVE_BUFFER = 65_536
_ETHERNET_SEGMENT = 1460


class PortInUseError(Exception):
    """The port is in use. The message says which one, and how to choose another."""


class HttpServer:
    """Binds its port when constructed, and serves after `start`.

    Args:
        port: 0 picks a free port; `port` and `url` then give it.
        respond: called in the connection's thread. Returns None where it has written the response itself, or hands the
            request to another thread. Raises CutOffError to close the connection without a response.
        port_variable: the environment variable by which users choose the port, for the error message.
        backpressure: a connection buffers some 100 KB, as over a real network. Loopback buffers 3 to 8 MB, so a
            sender would never notice that the other end has stopped reading.
    """

    def __init__(
        self,
        host: str,
        port: int,
        respond: Callable[[Request], Response | None],
        *,
        name: str,
        port_variable: str = "PORT",
        backpressure: bool = False,
    ) -> None:
        self._respond = respond
        self._name = name
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if backpressure:  # the kernel sizes both ends' buffers by the segment size
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _ETHERNET_SEGMENT)
        try:
            self._listener.bind((host, port))
        except OSError as error:
            self._listener.close()
            raise PortInUseError(
                f"{name}: cannot listen on {host}:{port} ({error.strerror}). "
                f"Stop the process that uses this port, or choose another port with {port_variable}."
            ) from error
        self._listener.listen(256)
        self._connections: set[socket.socket] = set()
        self._changed = threading.Condition()
        self._closed = False
        self.host, self.port = host, int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._accept, name=f"{self._name}-accept", daemon=True).start()

    def close(self, wait_seconds: float = 0.0) -> None:
        """Stop listening, close every connection, and wait up to `wait_seconds` for their threads to end."""
        with self._changed:
            self._closed = True
            for connection in (self._listener, *self._connections):
                with contextlib.suppress(OSError):  # already closed by the other side
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._connections, wait_seconds)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return  # closed
            with self._changed:
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
        except (OSError, CutOffError):
            return  # the client hung up, or the response is to end here
        finally:
            with self._changed:
                self._connections.discard(connection)
                self._changed.notify_all()

    def _serve_one(self, connection: socket.socket, rfile: BinaryIO, peer: str) -> bool:
        """Serve one request. Returns whether another one may follow on the connection."""
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
            _send_stream(connection, response.stream)
        return not response.close


def _send_stream(connection: socket.socket, stream: Iterator[bytes]) -> None:
    for piece in stream:
        connection.sendall(chunk(piece))
    connection.sendall(LAST_CHUNK)
