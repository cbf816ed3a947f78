"""An exchange with Claude as its transport sees it: when its first byte may be sent, and when it must have ended."""

import time
from collections.abc import Callable
from contextvars import ContextVar

import httpcore2


class Gate:
    """Holds back a request's first byte until `before_bytes` returns, and records whether the byte was let through.

    `ends` is the deadline of the whole exchange by the monotonic clock. It may be brought forward.
    """

    def __init__(self, before_bytes: Callable[[], None], ends: float) -> None:
        self._before_bytes = before_bytes
        self.ends = ends
        self.opened = False

    def trace(self, event: str, _: object) -> None:
        """httpcore's trace hook."""
        if event.endswith("send_request_headers.started") and not self.opened:
            self._before_bytes()
            if time.monotonic() >= self.ends:
                raise httpcore2.ConnectTimeout("the deadline has passed before anything was sent")
            self.opened = True


current: ContextVar[Gate] = ContextVar("gate")
"""The gate of this thread's exchange. A context variable, because the SDK is between the adapter and the transport."""
