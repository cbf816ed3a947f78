"""Every error that a caller can get, as one tree.

    RouterError
    ├── InvalidRequest       400 invalid_request_error   a bad body, task, tier, validator or model
    ├── Unauthenticated      401 authentication_error
    ├── BudgetExceeded       402 billing_error
    │   └── SpendLimitReached  429 rate_limit_error    the spend limit of the Claude account itself
    ├── NotFound             404 not_found_error
    ├── Conflict             409 conflict_error          the same idempotency key is running
    ├── RequestTooLarge      413 request_too_large
    ├── KeyReused            422 invalid_request_error   another body under the same idempotency key
    ├── RateLimited          429 rate_limit_error
    ├── Overloaded           529 overloaded_error
    ├── DeadlineExceeded     504 timeout_error
    ├── UpstreamError        502 api_error               Claude cannot be reached, or its answer cannot be read
    │   └── ClaudeRefused    Claude's own status         an error from Claude, passed on unchanged
    ├── ServiceUnavailable   503 api_error               the rules or the Claude API key cannot be read
    └── InternalError        500 api_error               a bug in the router

On a direct invocation the class name is what a state machine's `Retry` and `Catch` match (docs/api.md, Invocation).
"""

from collections.abc import Mapping
from typing import ClassVar


class RouterError(Exception):
    """An error with Anthropic's status and type. `message` is for the caller and contains no secret."""

    status: int = 500
    kind: str = "api_error"
    #: Whether the same request can succeed if it is sent again.
    retry_helps: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        #: Anthropic's `error.details`, such as `error_code`. Clients use it to recover.
        self.details = details
        #: Headers for the caller, such as `retry-after` and Anthropic's rate limits.
        self.headers: dict[str, str] = dict(headers or {})
        #: Set once an attempt may have been billed, because a retry could be billed again.
        self.may_be_billed = False
        self.request_id: str | None = None

    @property
    def should_retry(self) -> bool:
        """Whether the caller's SDK may retry. A header x-should-retry from Claude takes precedence."""
        header = self.headers.get("x-should-retry")
        helps = header == "true" if header else self._retry_helps()
        return helps and not self.may_be_billed

    def _retry_helps(self) -> bool:
        return self.retry_helps

    def body(self) -> dict[str, object]:
        """The error in Anthropic's shape."""
        error: dict[str, object] = {"type": self.kind, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"type": "error", "error": error, "request_id": self.request_id}


class InvalidRequest(RouterError):
    status, kind = 400, "invalid_request_error"


class Unauthenticated(RouterError):
    status, kind = 401, "authentication_error"


class BudgetExceeded(RouterError):
    status, kind = 402, "billing_error"


class SpendLimitReached(BudgetExceeded):
    """The spend limit of the Claude account, with Claude's status 429. Retries do not help."""

    status, kind = 429, "rate_limit_error"


class NotFound(RouterError):
    status, kind = 404, "not_found_error"


class Conflict(RouterError):
    status, kind = 409, "conflict_error"
    retry_helps = True


class RequestTooLarge(RouterError):
    status, kind = 413, "request_too_large"


class KeyReused(RouterError):
    status, kind = 422, "invalid_request_error"


class RateLimited(RouterError):
    status, kind = 429, "rate_limit_error"
    retry_helps = True


class Overloaded(RouterError):
    status, kind = 529, "overloaded_error"
    retry_helps = True


class DeadlineExceeded(RouterError):
    status, kind = 504, "timeout_error"


class UpstreamError(RouterError):
    status, kind = 502, "api_error"
    retry_helps = True


class ClaudeRefused(UpstreamError):
    """An error from Claude that the router cannot handle: status, type and message are Claude's."""

    retry_helps = False

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, headers=headers, details=details)
        self.status = status
        self.kind = kind

    def _retry_helps(self) -> bool:
        return self.status >= 500 or self.status in (408, 409)


class ServiceUnavailable(RouterError):
    """The router cannot read something that it needs before it calls Claude. It may work a second later."""

    status, kind = 503, "api_error"
    retry_helps = True

    def __init__(self, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message, headers={"retry-after": "1", **(headers or {})})


class InternalError(RouterError):
    """A bug of the router."""

    def __init__(self, message: str = "Internal error: a bug of the router. Report it with the request id.") -> None:
        super().__init__(message)
