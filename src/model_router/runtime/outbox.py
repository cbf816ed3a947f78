"""Bytes on their way to a caller who may be slow to read, or not read at all.

What the connection takes at once goes out at once. The rest waits in memory for a thread that sends it on, so that
whoever writes (it may be reading from somebody else) never waits for the reader.
"""

import socket
import threading
import time
from contextlib import suppress

STALL_SECONDS = 30.0
"""A caller who takes nothing for so long gets nothing more."""


class Outbox:
    """Sends over a connected, blocking socket, in order. `ends`: no byte goes out later, by the monotonic clock."""

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
        """Returns at once. What a broken connection no longer takes is dropped."""
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
        """Returns once everything is out, or the connection is found broken, or the time is over."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
            out = self._changed.wait_for(
                lambda: self.broken or not (self._waiting or self._sending), max(0.0, self._ends - time.monotonic())
            )
            self.broken = self.broken or not out
        if self.broken:
            with suppress(OSError):  # so that its thread waits no longer
                self._socket.shutdown(socket.SHUT_RDWR)

    def _sent_at_once(self, data: bytes) -> bytes:
        """What the connection did not take of it."""
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
        """What is to be sent, once there is anything; nothing when all is sent."""
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
