"""Translates a failed call of Claude for the fallback rules, and into an error for the caller."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import isfinite

from model_router.domain.calls.ports import CallFailed
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


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds in `retry-after-ms` or `retry-after` (a number or an HTTP date), or None if there are none."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    text = headers.get("retry-after", "")
    if (seconds := _number(text)) is not None:
        return seconds
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):  # TypeError: a date without a time zone
        return None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


_LIMITS: Mapping[str, type[RouterError]] = {
    "rate_limit": RateLimited,
    "spend_limit": SpendLimitReached,
    "overloaded": Overloaded,
}


def failed_call(failure: CallFailed, *, at_risk: bool, now: datetime, jitter: float) -> FailedCall:
    """The failure for the fallback rules. `at_risk` says that a part of the answer arrived or an earlier attempt may be
    billed.

    An error event from Claude before any part of the answer means that there is no answer, and failed requests are
    free. It is trusted once; the ledger still records the attempt's bound.
    """
    reported = failure.error_type is not None and not at_risk
    return FailedCall(
        kind=failure.kind,
        unknown=failure.may_be_billed and not reported,
        retry_after=retry_after_seconds(failure.headers, now),
        retry_refused=failure.headers.get("x-should-retry") == "false",
        jitter=jitter,
    )


def error_for(failure: CallFailed) -> RouterError:
    """The error for the caller if this was the request's last call."""
    match failure.kind:
        case "rate_limit" | "spend_limit" | "overloaded":
            return _LIMITS[failure.kind](failure.message, headers=failure.headers, details=failure.details)
        case "timeout" if not failure.may_be_billed:
            return UpstreamError("Connecting to Claude timed out.")
        case "timeout":
            return DeadlineExceeded(
                "Claude did not finish within the time for this request. Send it as a job (POST /v1/jobs), or ask for "
                "fewer tokens (max_tokens) or a faster tier (router.max_tier)."
            )
        case "key_refused":
            # Without a status there was no key, and the message is our own.
            refused = "Claude refused this stack's API key. Its operator must set a valid one."
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
            return UpstreamError("Claude's answer could not be read.")


def _server_error(failure: CallFailed) -> RouterError:
    status = failure.status or 500  # an error event inside the stream has none
    if status <= 500:
        return _claudes(failure, status, "api_error")
    message = f"Claude's API answered with status {status}."
    return UpstreamError(message, headers=failure.headers, details=failure.details)


def _claudes(failure: CallFailed, status: int, error_type: str) -> ClaudeRefused:
    """Claude's own error. `error_type` is used if it has no type."""
    kind = failure.error_type or error_type
    return ClaudeRefused(status, kind, failure.message, headers=failure.headers, details=failure.details)
