"""The end of a call's time, however slowly its answer comes."""

import socket
import threading
import time

import httpx2

_IDLE_SECONDS = 60.0


class _Watch:
    """Breaks off what is over its time. One thread for all calls: to start one a call costs more than the watching.

    It is woken only for what ends before it would look again by itself.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: set[Deadline] = set()
        self._looks_again = 0.0
        self._started = False

    def add(self, deadline: "Deadline") -> None:
        with self._changed:
            self._watched.add(deadline)
            if not self._started:
                self._started = True
                threading.Thread(target=self._look_after, name="deadlines", daemon=True).start()
            elif deadline.ends < self._looks_again:
                self._changed.notify()

    def drop(self, deadline: "Deadline") -> None:
        with self._changed:
            self._watched.discard(deadline)

    def _look_after(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for deadline in [deadline for deadline in self._watched if deadline.ends <= now]:
                    self._watched.discard(deadline)
                    deadline.break_off()
                self._looks_again = min([deadline.ends for deadline in self._watched], default=now + _IDLE_SECONDS)
                self._changed.wait(max(0.0, self._looks_again - now))


_watch = _Watch()


class Deadline:
    """Breaks a connection off when the time is over: timeouts of the HTTP client start anew with every read."""

    def __init__(self, response: httpx2.Response, ends: float) -> None:
        self._response = response
        self.ends = ends

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.ends

    def __enter__(self) -> "Deadline":
        _watch.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        _watch.drop(self)
        self._response.close()

    def break_off(self) -> None:
        """Whoever reads from the connection, or waits to, finds it ended."""
        connection = self._response.extensions.get("network_stream")
        raw = connection.get_extra_info("socket") if connection is not None else None
        if isinstance(raw, socket.socket):
            try:
                raw.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed a moment before
