"""Sends bytes to a caller who may read slowly, or not at all.

What the connection accepts is sent at once. The rest waits in memory for a thread that sends it, so that the writer,
which may be reading from Claude, never waits for the caller.
"""

import socket
import threading
import time
from contextlib import suppress

STALL_SECONDS = 30.0
"""A caller who reads nothing for this long gets nothing more."""


class Outbox:
    """Sends over a connected, blocking socket, in order, and nothing after `ends` (monotonic)."""

    def __init__(self, connection: socket.socket, ends: float) -> None:
        self._socket = connection
        self._ends = ends
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._sending = False
        self._has_thread = False
        self._over = False
        self.broken = False

    def send(self, data: bytes) -> None:
        """Returns at once. Drops the data if the connection is broken."""
        with self._changed:
            if not self._has_thread:
                data = self._sent_at_once(data)
            if not data or self.broken:
                return
            self._waiting.append(data)
            self._changed.notify_all()
            if not self._has_thread:
                self._has_thread = True
                threading.Thread(target=self._send_on, name="outbox", daemon=True).start()

    def flush(self) -> None:
        """Returns once everything is sent, the connection is broken, or the time is over."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            sent = self._changed.wait_for(
                lambda: self.broken or not (self._waiting or self._sending), max(0.0, self._ends - time.monotonic())
            )
            self.broken = self.broken or not sent
        if self.broken:
            with suppress(OSError):  # ends the wait of its thread
                self._socket.shutdown(socket.SHUT_RDWR)

    def _sent_at_once(self, data: bytes) -> bytes:
        """Sends what it can, and returns the rest."""
        try:
            return data[self._socket.send(data, socket.MSG_DONTWAIT) :]
        except BlockingIOError:
            return data
        except OSError:
            self.broken = True
            return b""

    def _send_on(self) -> None:
        while data := self._next():
            try:
                self._send_all(memoryview(data))
            except OSError:
                with self._changed:
                    self.broken = True
                    self._changed.notify_all()
                return

    def _next(self) -> bytes:
        """Waits for data to send. Returns nothing once all is sent."""
        with self._changed:
            self._sending = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._over)
            data = b"".join(self._waiting)
            self._waiting.clear()
            self._sending = bool(data)
            return data

    def _send_all(self, data: memoryview) -> None:
        while data:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(min(STALL_SECONDS, left))
            data = data[self._socket.send(data) :]
