"""What happens when Claude fails: fault × position × door.

Held by tests/integration/test_failures_table.py, printed in docs/failures.md by `python -m tests.support.failure_page`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Position = Literal["first call", "every call", "escalation", "mid-stream"]

DEADLINE_SECONDS = 16
"""What the doors have in the test: long enough for the table's pauses, and for a ping."""


@dataclass(frozen=True, slots=True)
class Case:
    """`step` is the stand-in's; the other fields are what is seen, in the table's words."""

    fault: str
    position: Position
    step: Mapping[str, Any]
    https: str
    streamed: str
    invocation: str
    ledger: str
    #: The attempts of a streamed request, where they are others.
    ledger_streamed: str = ""

    @property
    def name(self) -> str:
        return f"{self.fault}, {self.position}"


RATE_LIMIT = {"status": 429}
SOON = {"status": 429, "retry_after": 1}
LATER = {"status": 429, "retry_after": 600}
SPEND_LIMIT = {"status": 429, "spend_cap": True}
OVERLOADED = {"status": 529}
ERROR = {"status": 500}
UNAVAILABLE = {"status": 503}
SILENT = {"slow": DEADLINE_SECONDS + 2}
STALLS = {"slow_stream": 2.5}
RESET = {"reset": True}
PROXY = {"status": 502, "page": "html"}
GARBAGE = {"garbage": True}
KEY = {"status": 401}
REFUSED = {"status": 400}
EARLY = {"error_in_stream": 0}
LATE = {"error_in_stream": 2}
CUT = {"cut": 2}

CASES: tuple[Case, ...] = (
    Case(
        "429",
        "first call",
        RATE_LIMIT,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku rate_limit_error (free) → sonnet answered (known)",
    ),
    Case(
        "429",
        "every call",
        RATE_LIMIT,
        "429 rate_limit_error",
        "429 rate_limit_error",
        "RateLimited",
        "haiku rate_limit_error (free) → sonnet rate_limit_error (free) → sonnet rate_limit_error (free)",
    ),
    Case(
        "429",
        "escalation",
        RATE_LIMIT,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet rate_limit_error (free) → opus answered (known)",
    ),
    Case(
        "429, retry-after 1 s",
        "first call",
        SOON,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku rate_limit_error (free) → sonnet answered (known)",
    ),
    Case(
        "429, retry-after 1 s",
        "every call",
        SOON,
        "429 rate_limit_error; retry-after 1",
        "429 rate_limit_error; retry-after 1",
        "RateLimited",
        "haiku rate_limit_error (free) → sonnet rate_limit_error (free) → sonnet rate_limit_error (free)",
    ),
    Case(
        "429, retry-after 1 s",
        "escalation",
        SOON,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet rate_limit_error (free) → opus answered (known)",
    ),
    Case(
        "429, retry-after 600 s",
        "first call",
        LATER,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku rate_limit_error (free) → sonnet answered (known)",
    ),
    Case(
        "429, retry-after 600 s",
        "every call",
        LATER,
        "429 rate_limit_error; retry-after 600",
        "429 rate_limit_error; retry-after 600",
        "RateLimited",
        "haiku rate_limit_error (free) → sonnet rate_limit_error (free)",
    ),
    Case(
        "429, retry-after 600 s",
        "escalation",
        LATER,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet rate_limit_error (free) → opus answered (known)",
    ),
    Case(
        "429, the account's spend limit",
        "first call",
        SPEND_LIMIT,
        "429 rate_limit_error; do not retry",
        "429 rate_limit_error; do not retry",
        "BudgetExceeded",
        "haiku rate_limit_error (free)",
    ),
    Case(
        "429, the account's spend limit",
        "escalation",
        SPEND_LIMIT,
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "haiku answered (known) → sonnet rate_limit_error (free)",
    ),
    Case(
        "529",
        "first call",
        OVERLOADED,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku overloaded_error (free) → sonnet answered (known)",
    ),
    Case(
        "529",
        "every call",
        OVERLOADED,
        "529 overloaded_error",
        "529 overloaded_error",
        "Overloaded",
        "haiku overloaded_error (free) → sonnet overloaded_error (free) → sonnet overloaded_error (free)",
    ),
    Case(
        "529",
        "escalation",
        OVERLOADED,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet overloaded_error (free) → opus answered (known)",
    ),
    Case(
        "500",
        "first call",
        ERROR,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku api_error (free) → haiku api_error (free) → sonnet answered (known)",
    ),
    Case(
        "500",
        "every call",
        ERROR,
        "500 api_error",
        "500 api_error",
        "UpstreamError",
        "haiku api_error (free) → haiku api_error (free) → sonnet api_error (free)",
    ),
    Case(
        "500",
        "escalation",
        ERROR,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet api_error (free) → sonnet api_error (free) → opus answered (known)",
    ),
    Case(
        "503",
        "first call",
        UNAVAILABLE,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku api_error (free) → haiku api_error (free) → sonnet answered (known)",
    ),
    Case(
        "503",
        "every call",
        UNAVAILABLE,
        "502 api_error",
        "502 api_error",
        "UpstreamError",
        "haiku api_error (free) → haiku api_error (free) → sonnet api_error (free)",
    ),
    Case(
        "503",
        "escalation",
        UNAVAILABLE,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet api_error (free) → sonnet api_error (free) → opus answered (known)",
    ),
    Case(
        "silence until the deadline",
        "first call",
        SILENT,
        "504 timeout_error; do not retry",
        "ping, then error event timeout_error",
        "DeadlineExceeded",
        "haiku timeout (unknown)",
    ),
    Case(
        "silence until the deadline",
        "escalation",
        SILENT,
        "answer of haiku, failed check",
        "ping, then answer of haiku, failed check",
        "answer of haiku, failed check",
        "haiku answered (known) → sonnet timeout (unknown)",
    ),
    Case(
        "connection reset, bytes sent",
        "first call",
        RESET,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku connection (unknown) → haiku connection (unknown) → sonnet answered (known)",
    ),
    Case(
        "connection reset, bytes sent",
        "every call",
        RESET,
        "502 api_error; do not retry",
        "502 api_error; do not retry",
        "UpstreamError",
        "haiku connection (unknown) → haiku connection (unknown) → sonnet connection (unknown)",
    ),
    Case(
        "connection reset, bytes sent",
        "escalation",
        RESET,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet connection (unknown) → sonnet connection (unknown) → opus answered (known)",
    ),
    Case(
        "502, HTML",
        "every call",
        PROXY,
        "502 api_error; do not retry",
        "502 api_error; do not retry",
        "UpstreamError",
        "haiku server_error (unknown) → haiku server_error (unknown) → sonnet server_error (unknown)",
    ),
    Case(
        "an answer that is none",
        "first call",
        GARBAGE,
        "502 api_error; do not retry",
        "502 api_error; do not retry",
        "UpstreamError",
        "haiku unintelligible (unknown)",
    ),
    Case(
        "an answer that is none",
        "escalation",
        GARBAGE,
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "haiku answered (known) → sonnet unintelligible (unknown)",
    ),
    Case(
        "401",
        "first call",
        KEY,
        "502 api_error",
        "502 api_error",
        "UpstreamError",
        "haiku authentication_error (free)",
    ),
    Case(
        "401",
        "escalation",
        KEY,
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "haiku answered (known) → sonnet authentication_error (free)",
    ),
    Case(
        "400",
        "first call",
        REFUSED,
        "400 invalid_request_error; do not retry",
        "400 invalid_request_error; do not retry",
        "InvalidRequest",
        "haiku invalid_request_error (free)",
    ),
    Case(
        "400",
        "escalation",
        REFUSED,
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "answer of haiku, failed check",
        "haiku answered (known) → sonnet invalid_request_error (free)",
    ),
    Case(
        "error event before any content",
        "first call",
        EARLY,
        "answer of sonnet",
        "answer of sonnet",
        "answer of sonnet",
        "haiku overloaded_error (unknown) → sonnet answered (known)",
    ),
    Case(
        "error event before any content",
        "every call",
        EARLY,
        "529 overloaded_error; do not retry",
        "529 overloaded_error; do not retry",
        "Overloaded",
        "haiku overloaded_error (unknown) → sonnet overloaded_error (unknown) → sonnet overloaded_error (unknown)",
    ),
    Case(
        "error event before any content",
        "escalation",
        EARLY,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet overloaded_error (unknown) → opus answered (known)",
    ),
    Case(
        "error event after content",
        "mid-stream",
        LATE,
        "answer of sonnet",
        "content, then error event overloaded_error",
        "answer of sonnet",
        "haiku overloaded_error (unknown) → sonnet answered (known)",
        "haiku overloaded_error (unknown)",
    ),
    Case(
        "error event after content",
        "escalation",
        LATE,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet overloaded_error (unknown) → opus answered (known)",
    ),
    Case(
        "connection cut after content",
        "mid-stream",
        CUT,
        "answer of sonnet",
        "content, then error event api_error",
        "answer of sonnet",
        "haiku connection (unknown) → haiku connection (unknown) → sonnet answered (known)",
        "haiku connection (unknown)",
    ),
    Case(
        "connection cut after content",
        "escalation",
        CUT,
        "answer of opus",
        "answer of opus",
        "answer of opus",
        "haiku answered (known) → sonnet connection (unknown) → sonnet connection (unknown) → opus answered (known)",
    ),
    Case(
        "stalls after content until the deadline",
        "mid-stream",
        STALLS,
        "504 timeout_error; do not retry",
        "content, then error event timeout_error",
        "DeadlineExceeded",
        "haiku timeout (unknown)",
    ),
)

UNREACHABLE: tuple[Case, ...] = (
    Case(
        "the port is closed",
        "every call",
        {},
        "502 api_error",
        "502 api_error",
        "UpstreamError",
        "haiku connection (free) → haiku connection (free) → haiku connection (free)",
    ),
)
