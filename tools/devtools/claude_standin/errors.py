"""Errors as the Claude API gives them: an HTTP status, a type, a message.

Source: the API's error reference, as of 2026-11-22.
"""

from collections.abc import Iterable
from typing import Any

TYPE_OF_STATUS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}

MESSAGE_OF_STATUS = {
    400: "Invalid request",
    401: "invalid x-api-key",
    402: "Your credit balance is too low to access the Anthropic API.",
    403: "Your API key does not have permission to use the specified resource.",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request timed out",
    409: "The request conflicts with the current state of the resource.",
    413: "Request exceeds the maximum allowed number of bytes. The maximum request size is 32 MB.",
    429: "This request would exceed your organization's rate limit. Please try again later.",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Request timed out",
    529: "Overloaded",
}

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
        self.message = message if message is not None else MESSAGE_OF_STATUS.get(status, "Error")
        self.headers = headers or {}
        self.details = details
        super().__init__(self.message)

    def body(self, request_id: str) -> dict[str, Any]:
        """The error's JSON: `{"type": "error", "error": {"type", "message"}, "request_id"}`."""
        error: dict[str, Any] = {
            "type": TYPE_OF_STATUS.get(self.status, "api_error"),
            "message": self.message,
        }
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
