"""One deadline for a whole exchange with Claude.

An HTTP client applies its timeout to each read, so a server that sends a byte now and then never exceeds it. Here
each step of a connection (name resolution, connecting, TLS, every write, every read) gets what the exchange has left.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future

import httpcore2

from model_router.adapters.claude import gate


class BoundedBackend(httpcore2.NetworkBackend):
    """httpcore's network backend, whose connections obey the current gate's deadline."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        seconds = _bounded(timeout)
        connect = httpcore2.SyncBackend().connect_tcp
        return BoundedStream(_within(seconds, lambda: connect(host, port, seconds, local_address, socket_options)))


class BoundedStream(httpcore2.NetworkStream):
    """A connection whose reads and writes end at the current gate's deadline. Their own timeouts are ignored."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner
        self._socket: socket.socket = inner.get_extra_info("socket")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        view = memoryview(buffer)
        while view:
            self._socket.settimeout(_left(httpcore2.WriteTimeout))
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError as error:
                raise httpcore2.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore2.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return BoundedStream(self._inner.start_tls(ssl_context, server_hostname, _bounded(timeout)))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(timeout_error: type[httpcore2.TimeoutException]) -> float:
    """Seconds until the current exchange's deadline. Raises `timeout_error` after it."""
    left = gate.current.get().ends - time.monotonic()
    if left <= 0:
        raise timeout_error("the deadline has passed")
    return left


def _bounded(timeout: float | None) -> float:
    """A connection step's timeout, and at most the time that is left."""
    left = _left(httpcore2.ConnectTimeout)
    return left if timeout is None else min(timeout, left)


def _within(seconds: float, connect: Callable[[], httpcore2.NetworkStream]) -> httpcore2.NetworkStream:
    """Connects on a thread, because resolving a name and trying its addresses in turn obey no timeout."""
    connection: Future[httpcore2.NetworkStream] = Future()

    def run() -> None:
        try:
            connection.set_result(connect())
        except BaseException as error:  # noqa: BLE001 - raised again by connection.result()
            connection.set_exception(error)

    threading.Thread(target=run, name="connect", daemon=True).start()
    try:
        return connection.result(seconds)
    except TimeoutError:
        connection.add_done_callback(_close)
        raise httpcore2.ConnectTimeout("the connection was not made in time") from None


def _close(connection: "Future[httpcore2.NetworkStream]") -> None:
    """Closes a connection that was made too late."""
    if connection.exception() is None:
        connection.result().close()
