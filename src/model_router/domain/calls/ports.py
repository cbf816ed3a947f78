"""Ports for calls of the Claude API."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from model_router.domain.catalog_check import UpstreamModel

CallFailureKind = Literal[
    "rate_limit",
    "spend_limit",
    "overloaded",
    "server_error",
    "too_long",
    "rejected",
    "key_refused",
    "key_unavailable",
    "timeout",
    "connection",
    "unintelligible",
    "interrupted",
]


@dataclass(frozen=True, slots=True)
class ClaudeCall:
    """One call of one model, ready to be sent."""

    body: Mapping[str, Any]
    attempt_id: str
    #: The caller's `anthropic-version` and `anthropic-beta`, if any.
    headers: Mapping[str, str]
    timeout_seconds: float
    #: Called once the connection is open, before the first byte of the request is sent.
    before_bytes: Callable[[], None]


class CallFailed(Exception):
    """A call of Claude failed.

    `may_be_billed` says that bytes were sent and the outcome is unknown. Claude's error answers are free.
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
        #: `error.details` of Claude's error.
        self.details: Mapping[str, object] | None = None
        self.may_be_billed = may_be_billed
        self.headers = dict(headers or {})
        self.upstream_request_id = upstream_request_id


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One server-sent event of an answer."""

    name: str
    data: Mapping[str, Any]
    #: The text of `data`, unchanged.
    text: str


class ClaudeStream(Protocol):
    """An answer that is being streamed."""

    request_id: str | None
    #: Headers for the caller, such as rate limits.
    headers: Mapping[str, str]
    #: Whether a stand-in replaces Claude.
    simulated: bool

    def events(self) -> Iterator[StreamEvent]:
        """Each event as it arrives. Raises CallFailed if the stream breaks, has an error or times out."""


class Claude(Protocol):
    def stream(self, call: ClaudeCall) -> AbstractContextManager[ClaudeStream]:
        """Sends a call. Raises CallFailed if no answer begins."""


class ClaudeModels(Protocol):
    def list_models(self, timeout_seconds: float) -> Sequence[UpstreamModel]:
        """Every model that Anthropic's models API lists. Free. Raises CallFailed."""


class TokenCounter(Protocol):
    def count_tokens(
        self, body: Mapping[str, Any], headers: Mapping[str, str], timeout_seconds: float
    ) -> Mapping[str, Any]:
        """Claude's answer to a body of `count_tokens`. Free. Raises CallFailed."""
