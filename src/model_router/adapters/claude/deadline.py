"""One deadline over a whole exchange with Claude.

An HTTP client's timeouts start anew with every read, so that a server that sends a byte now and then is never late.
Here each step of the connection (name resolution, connecting, TLS, every write, every read) gets what is left of the
exchange's time and no more.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable

import httpcore2

from model_router.adapters.claude import gate


class BoundedBackend(httpcore2.NetworkBackend):
    """httpcore's network backend; everything that it opens obeys the deadline of the current gate."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(httpcore2.ConnectTimeout)
        seconds = left if timeout is None else min(timeout, left)
        connect = httpcore2.SyncBackend().connect_tcp
        return BoundedStream(_within(seconds, lambda: connect(host, port, seconds, local_address, socket_options)))


class BoundedStream(httpcore2.NetworkStream):
    """A connection of which no read and no write outlasts the current gate's deadline. Timeouts it is given are
    ignored: they say how long the exchange may take in all, which the gate knows better."""

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
        left = _left(httpcore2.ConnectTimeout)
        seconds = left if timeout is None else min(timeout, left)
        return BoundedStream(self._inner.start_tls(ssl_context, server_hostname, seconds))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


def _left(late: type[httpcore2.TimeoutException]) -> float:
    """Seconds until the current exchange's deadline; raises `late` once it has passed."""
    left = gate.current.get().ends - time.monotonic()
    if left <= 0:
        raise late("the deadline has passed")
    return left


def _within(seconds: float, connect: Callable[[], httpcore2.NetworkStream]) -> httpcore2.NetworkStream:
    """Connects on a thread of its own: neither resolving a name nor trying its addresses in turn obeys a timeout."""
    attempt = _Connecting(connect)
    threading.Thread(target=attempt.run, name="connect", daemon=True).start()
    return attempt.result(seconds)


class _Connecting:
    """A connection that is being made. One that nobody waits for any more is closed when it comes."""

    def __init__(self, connect: Callable[[], httpcore2.NetworkStream]) -> None:
        self._connect = connect
        self._changed = threading.Condition()
        self._stream: httpcore2.NetworkStream | None = None
        self._error: BaseException | None = None
        self._given_up = False

    def run(self) -> None:
        stream, error = None, None
        try:
            stream = self._connect()
        except BaseException as raised:  # noqa: BLE001 - it is raised where the connection is waited for
            error = raised
        with self._changed:
            self._stream, self._error = stream, error
            self._changed.notify()
            if self._given_up and stream is not None:
                stream.close()

    def result(self, seconds: float) -> httpcore2.NetworkStream:
        with self._changed:
            self._changed.wait_for(lambda: self._stream is not None or self._error is not None, seconds)
            if self._stream is not None:
                return self._stream
            self._given_up = True
        if self._error is not None:
            raise self._error
        raise httpcore2.ConnectTimeout("the connection was not made in time")
