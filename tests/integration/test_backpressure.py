"""The local stack makes a function wait for a caller who stops reading, as Lambda does."""

import contextlib
import socket
import threading
from collections.abc import Callable

from devtools.local_stack.functions.runtime_api import Invocation, RuntimeApi

CHUNK = b"3e8\r\n" + b"x" * 1000 + b"\r\n"


def test_a_function_whose_caller_stops_reading_is_blocked() -> None:
    running, taken = Invocation("r-1", b"{}", "arn", 30.0, "Root=1-2-3"), threading.Event()

    def asked(hand: Callable[[Invocation | None], None]) -> None:
        hand(running)
        taken.set()

    api = RuntimeApi(asked=asked, init_failed=lambda _: None, name="test")
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port)), timeout=5) as function:
        function.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)  # else the kernel makes it larger as it likes
        function.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: x\r\n\r\n")
        assert taken.wait(5)
        function.recv(65_536)
        pieces = running.listen(10)
        function.sendall(
            b"POST /2018-06-01/runtime/invocation/r-1/response HTTP/1.1\r\nhost: x\r\n"
            b"lambda-runtime-function-response-mode: streaming\r\ntransfer-encoding: chunked\r\n"
            b"lambda-runtime-invocation-id: " + running.invocation_id.encode() + b"\r\n\r\n"
        )
        function.settimeout(0.5)
        function.sendall(CHUNK)
        assert next(pieces)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 3_000_000:
                function.sendall(CHUNK)
                sent += len(CHUNK)
        assert sent < 1_000_000
    api.close()
