"""What a failed call of Claude's means: to the rules, and to a caller where it is all there is to tell."""

from collections.abc import Mapping
from datetime import datetime

from model_router.domain.calls.ports import CallFailed
from model_router.domain.calls.retry_after import retry_after_seconds
from model_router.domain.errors import (
    ClaudeRefused,
    DeadlineExceeded,
    Overloaded,
    RateLimited,
    RouterError,
    ServiceUnavailable,
    SpendLimitReached,
    UpstreamError,
)
from model_router.domain.routing.fallback import FailedCall

_NO_ROOM: Mapping[str, type[RouterError]] = {
    "rate_limit": RateLimited,
    "spend_limit": SpendLimitReached,
    "overloaded": Overloaded,
}


def failed_call(failure: CallFailed, *, at_risk: bool, now: datetime, jitter: float) -> FailedCall:
    """The failure as the rules see it. `at_risk`: some of the answer had come, or an earlier attempt may be billed.

    Claude's own error event before any of the answer says that there is none, and failed requests are free: it is taken
    at its word once. The ledger still holds that attempt's bound.
    """
    told = failure.error_type is not None and not at_risk
    return FailedCall(
        kind=failure.kind,
        unknown=failure.may_be_billed and not told,
        retry_after=retry_after_seconds(failure.headers, now),
        retry_refused=failure.headers.get("x-should-retry") == "false",
        jitter=jitter,
    )


def error_for(failure: CallFailed) -> RouterError:
    """The error that answers a request whose last call failed so."""
    match failure.kind:
        case "rate_limit" | "spend_limit" | "overloaded":
            return _NO_ROOM[failure.kind](failure.message, headers=failure.headers, details=failure.details)
        case "timeout" if not failure.may_be_billed:
            return UpstreamError("The connection to Claude was not made in time.")
        case "timeout":
            return DeadlineExceeded(
                "Claude did not finish within the time that this request had. Send it as a job (POST "
                "/v1/jobs), or ask for fewer tokens (max_tokens) or a faster tier (router.max_tier)."
            )
        case "key_refused":
            # Without a status there was no key to call with, and the words are our own.
            refused = "Claude refused this stack's own API key. Its operator must set a valid one."
            return UpstreamError(failure.message if failure.status is None else refused)
        case "key_unavailable":
            return ServiceUnavailable(failure.message)
        case "rejected" | "too_long":
            return _claudes(failure, failure.status or 400, "invalid_request_error")
        case "server_error":
            return _server_error(failure)
        case "connection":
            return UpstreamError("The connection to Claude failed.")
        case "unintelligible" | "interrupted":
            return UpstreamError("Claude's answer could not be understood.")


def _server_error(failure: CallFailed) -> RouterError:
    status = failure.status or 500  # without one, it came inside the stream
    if status <= 500:
        return _claudes(failure, status, "api_error")
    words = f"Claude's API answered with status {status}."
    return UpstreamError(words, headers=failure.headers, details=failure.details)


def _claudes(failure: CallFailed, status: int, error_type: str) -> ClaudeRefused:
    """Claude's own error; `error_type` is for one that has none."""
    kind = failure.error_type or error_type
    return ClaudeRefused(status, kind, failure.message, headers=failure.headers, details=failure.details)
