"""The end of a call's time, however slowly its answer comes."""

import socket
import threading
import time

import httpx2


class Deadline:
    """Breaks a connection off when the time is over: timeouts of the HTTP client start anew with every read."""

    def __init__(self, response: httpx2.Response, ends: float) -> None:
        self._response = response
        self._ends = ends
        self._timer = threading.Timer(max(0.0, ends - time.monotonic()), self._break_off)
        self._timer.daemon = True

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._ends

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._response.close()

    def _break_off(self) -> None:
        connection = self._response.extensions.get("network_stream")
        raw = connection.get_extra_info("socket") if connection is not None else None
        if isinstance(raw, socket.socket):
            try:
                raw.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed a moment before
