"""What the services need of the outside world. Adapters implement these; tests use fakes of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from model_router.domain.ledger.record import LedgerRecord

CallFailureKind = Literal[
    "rate_limit",
    "overloaded",
    "server_error",
    "too_long",
    "rejected",
    "key_refused",
    "timeout",
    "connection",
    "unintelligible",
]


@dataclass(frozen=True, slots=True)
class ClaudeCall:
    """One call of one model, ready to be sent."""

    body: Mapping[str, Any]
    attempt_id: str
    #: The caller's `anthropic-version` and `anthropic-beta`, where there are any.
    headers: Mapping[str, str]
    timeout_seconds: float
    #: Called once the connection stands and before the request's first byte goes out.
    before_bytes: Callable[[], None]


class CallFailed(Exception):
    """A call of Claude that brought no answer.

    `may_be_billed`: bytes went out and the outcome is not known. Error answers of Claude's are free.
    """

    def __init__(
        self,
        kind: CallFailureKind,
        message: str,
        *,
        status: int | None = None,
        error_type: str | None = None,
        may_be_billed: bool = False,
        headers: Mapping[str, str] | None = None,
        upstream_request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status
        self.error_type = error_type
        self.may_be_billed = may_be_billed
        self.headers = dict(headers or {})
        self.upstream_request_id = upstream_request_id


class ClaudeStream(Protocol):
    """An answer as it comes."""

    request_id: str | None
    #: Headers that are passed on to the caller: rate limits and the like.
    headers: Mapping[str, str]
    #: Whether a stand-in answers in Claude's place.
    simulated: bool

    def events(self) -> Iterator[Mapping[str, Any]]:
        """The JSON of each event. Raises CallFailed when the stream breaks, errs or runs out of time."""


class Claude(Protocol):
    def stream(self, call: ClaudeCall) -> AbstractContextManager[ClaudeStream]:
        """Sends a call. Raises CallFailed where no answer begins."""


class LedgerUnavailable(Exception):
    """The ledger did not take or give a record."""


class Ledger(Protocol):
    def add_intent(self, record: LedgerRecord) -> None:
        """Writes the record's last attempt before it is sent, and those before it as they ended."""

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record. May be repeated; nothing older overwrites it."""

    def read(self, request_id: str) -> LedgerRecord | None:
        """The record of a request; None: there is none."""


class RulesUnavailable(Exception):
    """The rules cannot be read just now."""


class RulesStore(Protocol):
    def read_set(self) -> Mapping[str, str]:
        """Every parameter: name below the rules path → JSON text; empty where none is set. RulesUnavailable."""

    def read_heads(self) -> Mapping[str, str]:
        """`manifest` and `rollout`, where they are set. RulesUnavailable."""


class Telemetry(Protocol):
    """What operators see. No prompt, answer or key goes into any of it."""

    def request_settled(self, record: LedgerRecord) -> None: ...

    def event(self, name: str, **details: object) -> None:
        """A named event: a metric of that name counts it, a log line holds its details."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, UTC."""

    def monotonic(self) -> float:
        """Seconds, for measuring."""

    def sleep(self, seconds: float) -> None: ...
