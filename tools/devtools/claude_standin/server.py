"""The stand-in as a server: started and stopped in a process of its own or inside a test.

with StandIn() as claude:
    client = Anthropic(base_url=claude.url, api_key="any", max_retries=0)
    claude.inject(status=529, model="haiku")
    ...
    assert claude.billed() == []
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from devtools.claude_standin.billing.invoice import Clock, Invoice, Record
from devtools.claude_standin.calls import Shop
from devtools.claude_standin.control.control import RequestsLog, reset
from devtools.claude_standin.faults.script import FaultMix
from devtools.claude_standin.faults.steps import Step, parse
from devtools.claude_standin.http.delivery import Pace
from devtools.claude_standin.http.handler import Api
from devtools.http.server import HttpServer

CLOSING_SECONDS = 5.0


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class StandIn:
    """A running stand-in, for as long as the `with` lasts.

    Args:
        host, port: where it listens; port 0 is any free one.
        billing_log: a file to which a JSON line is added for each billed call.
        latency_ms, token_ms: how long before the first byte, and for each token of output.
        weak_percent: share of prompts that Haiku answers badly, the same ones each time.
        clock: tells the time, for prices and the cache.
    """

    host: str = "127.0.0.1"
    port: int = 0
    billing_log: Path | None = None
    latency_ms: float = 0.0
    token_ms: float = 0.0
    weak_percent: int = 0
    clock: Clock = utc_now
    _log: RequestsLog = field(default_factory=RequestsLog)
    _stop: threading.Event = field(default_factory=threading.Event)
    _shop: Shop = field(init=False)
    _server: HttpServer | None = None

    def __post_init__(self) -> None:
        self._shop = Shop(self.clock, invoice=Invoice(self.billing_log), weak_percent=self.weak_percent)

    def start(self) -> Self:
        """Listen, and serve in the background."""
        pace = Pace(self.latency_ms / 1000, self.token_ms / 1000)
        api = Api(self._shop, self._log, pace, self._stop)
        self._server = HttpServer(self.host, self.port, api.respond, name="standin")
        self.port = self._server.port
        self._server.start()
        return self

    def close(self) -> None:
        """Stop listening, close every connection and the billing log. The invoice can still be read."""
        self._stop.set()
        if self._server is not None:
            self._server.close(CLOSING_SECONDS)
        self._shop.invoice.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://{self.host}:{self.port}"

    def inject(self, step: Step | Mapping[str, Any] | None = None, **fields: Any) -> None:
        """Put a step behind those that wait: `inject(status=429, retry_after=1, model="haiku", times=2)`.

        Raises:
            ValueError: a field that no step has, or a value that makes no sense.
        """
        new_step = step if isinstance(step, Step) else parse({**(step or {}), **fields})
        self._shop.script.add([new_step])

    def random_faults(self, seed: int, rates: Mapping[str, float], seconds: float = 0.2) -> None:
        """Let requests that no step matches go wrong at these rates (names: `script.RATED`): whatever asks
        the same for the n-th time goes wrong alike under the same seed.
        """
        self._shop.script.mix(FaultMix(seed, rates, seconds))

    def billed(self) -> list[Record]:
        """Every billed call so far, oldest first."""
        return self._shop.invoice.records()

    def requests(self) -> list[dict[str, Any]]:
        """Every request to the API's endpoints so far, oldest first."""
        return self._log.entries()

    def reset(self) -> None:
        """Forget steps, faults, cache, invoice and requests."""
        reset(self._shop, self._log)
