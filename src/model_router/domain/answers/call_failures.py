"""What a caller is told when Claude's own failure is all there is to tell."""

from model_router.domain.errors import (
    ClaudeRefused,
    DeadlineExceeded,
    Overloaded,
    RateLimited,
    RouterError,
    UpstreamError,
)
from model_router.domain.ports import CallFailed


def error_for(failure: CallFailed) -> RouterError:
    """The error that answers a request whose last call failed so."""
    match failure.kind:
        case "rate_limit":
            return RateLimited(failure.message, headers=failure.headers)
        case "overloaded":
            return Overloaded(failure.message, headers=failure.headers)
        case "timeout":
            return DeadlineExceeded(
                "Claude did not finish within the time that this request had. Ask for fewer tokens "
                "(max_tokens) or a faster tier (router.max_tier)."
            )
        case "key_refused":
            return UpstreamError("Claude refused this stack's own API key. Its operator must set a valid one.")
        case "rejected" | "too_long":
            status = failure.status or 400
            return ClaudeRefused(
                status,
                failure.error_type or "invalid_request_error",
                failure.message,
                headers=failure.headers,
            )
        case "server_error" if failure.status == 500:
            return ClaudeRefused(500, failure.error_type or "api_error", failure.message, headers=failure.headers)
        case "server_error":
            return UpstreamError(f"Claude answered with status {failure.status}.", headers=failure.headers)
        case "connection":
            return UpstreamError("The connection to Claude failed.")
        case "unintelligible":
            return UpstreamError("Claude's answer could not be understood.")
