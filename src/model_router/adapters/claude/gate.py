"""The moment before a request's first byte goes out: the connection stands, and the attempt's intent has to be safe."""

from collections.abc import Callable
from contextvars import ContextVar

import httpx2


class Gate:
    """Holds a request's first byte back until `before_bytes` returns, and knows whether it was let through."""

    def __init__(self, before_bytes: Callable[[], None]) -> None:
        self._before_bytes = before_bytes
        self.opened = False

    def trace(self, event: str, _: object) -> None:
        if event.endswith("send_request_headers.started") and not self.opened:
            self._before_bytes()
            self.opened = True


current: ContextVar[Gate] = ContextVar("gate")
"""The gate of what this thread asks of Claude: between the adapter and the transport lies the SDK."""


class GatedTransport(httpx2.HTTPTransport):
    """The plain transport, with the gate told of each step of a request's way."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": current.get().trace}
        return super().handle_request(request)
