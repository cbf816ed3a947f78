"""A Claude API as a script of bytes: what a connection does is a function of its socket."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

Conversation = Callable[[socket.socket], None]

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


class ScriptedClaude:
    """Serves each connection with `conversation` on a thread of its own; both sides are closed at the end."""

    def __init__(self, conversation: Conversation, *, scheme: str = "http") -> None:
        self._conversation = conversation
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.connections = 0
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="scripted-claude", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            self._conversation(connection)
        connection.close()


def request_of(connection: socket.socket) -> Any:
    """The JSON body of the next request, an empty object where it has none. Raises ValueError where none comes."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += _some(connection)
    head, _, body = read.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0]) if lengths else False:
        body += _some(connection)
    return json.loads(body or b"{}")


def drip(connection: socket.socket, data: bytes, seconds_a_byte: float = 0.05) -> None:
    """Sends `data` a byte at a time."""
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(seconds_a_byte)


def sse(events: Iterable[Mapping[str, Any] | str]) -> bytes:
    """Events as chunks of a response; a text goes out as the data of an event without a name."""
    return b"".join(_chunk(event) for event in events)


def _chunk(event: Mapping[str, Any] | str) -> bytes:
    if isinstance(event, str):
        text = f"data: {event}\n\n".encode()
    else:
        text = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
    return b"%X\r\n%b\r\n" % (len(text), text)


def _some(connection: socket.socket) -> bytes:
    if not (data := connection.recv(65_536)):
        raise ValueError("the client has hung up")
    return data
