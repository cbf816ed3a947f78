"""Errors as the Claude API gives them: an HTTP status, a type, a message.

Source: the API's error reference, as of 2026-11-22.
"""

from collections.abc import Iterable
from typing import Any

ERRORS = {
    400: ("invalid_request_error", "Invalid request"),
    401: ("authentication_error", "invalid x-api-key"),
    402: ("billing_error", "Your credit balance is too low to access the Anthropic API."),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "Not Found"),
    405: ("invalid_request_error", "Method Not Allowed"),
    408: ("timeout_error", "Request timed out"),
    409: ("conflict_error", "The request conflicts with the current state of the resource."),
    413: (
        "request_too_large",
        "Request exceeds the maximum allowed number of bytes. The maximum request size is 32 MB.",
    ),
    429: ("rate_limit_error", "This request would exceed your organization's rate limit. Please try again later."),
    500: ("api_error", "Internal server error"),
    502: ("api_error", "Bad gateway"),
    503: ("api_error", "Service unavailable"),
    504: ("timeout_error", "Request timed out"),
    529: ("overloaded_error", "Overloaded"),
}
"""Of each status: the type of the error, and its message where none is given."""

SPEND_CAP_MESSAGE = (
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC."
)


class ApiError(Exception):
    """An answer other than 200: `status` is the HTTP status, `message` what the body says."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        headers: dict[str, str] | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        self.status = status
        self.message = message if message is not None else ERRORS.get(status, ("", "Error"))[1]
        self.headers = headers or {}
        self.details = details
        super().__init__(self.message)

    def body(self, request_id: str) -> dict[str, Any]:
        """The error's JSON: `{"type": "error", "error": {"type", "message"}, "request_id"}`."""
        kind, _ = ERRORS.get(self.status, ("api_error", ""))
        error: dict[str, Any] = {"type": kind, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        return {"type": "error", "error": error, "request_id": request_id}


def unknown_tag(where: str, tag: object, known: Iterable[str]) -> ApiError:
    """A 400 for an object whose `type` is none of those that can stand there."""
    expected = ", ".join(f"'{name}'" for name in known)
    return invalid(f"{where}: Input tag '{tag}' found using 'type' does not match any of the expected tags: {expected}")


def invalid(message: str) -> ApiError:
    """A 400 of type invalid_request_error."""
    return ApiError(400, message)
