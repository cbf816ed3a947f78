"""Turns Claude's error answers into CallFailed, and picks the headers that callers get with them."""

from collections.abc import Mapping
from http import HTTPStatus

import httpx2

from model_router.domain.calls.ports import CallFailed, CallFailureKind
from model_router.domain.error_codes import SPEND_LIMITS
from model_router.domain.recorded_words import identifier, word

_FORWARDED = ("retry-after", "anthropic-")
_KINDS: Mapping[str, CallFailureKind] = {
    "rate_limit_error": "rate_limit",
    "overloaded_error": "overloaded",
    "api_error": "server_error",
    "timeout_error": "server_error",
    "authentication_error": "key_refused",
    "permission_error": "key_refused",
}
_KINDS_BY_STATUS: Mapping[int, CallFailureKind] = {
    401: "key_refused",
    403: "key_refused",
    408: "server_error",
    409: "server_error",
    429: "rate_limit",
    529: "overloaded",
}
_SHOULD_RETRY = "x-should-retry"
#: Statuses below 500 that a proxy answers after it has forwarded the request: timeout, and client closed request.
_AFTER_SENDING = (408, 499)


def status_failure(response: httpx2.Response, message: str, body: object) -> CallFailed:
    """The failure for an error answer: by its body if that has Anthropic's form, otherwise by its status."""
    error = _error_in(body)
    error_type, text = error.get("type"), error.get("message")
    is_claudes = isinstance(body, dict) and body.get("type") == "error" and isinstance(error_type, str)
    status, should_retry = response.status_code, response.headers.get(_SHOULD_RETRY)
    failure = CallFailed(
        _kind(status, error, should_retry),
        text if isinstance(text, str) else message,
        status=None if status == HTTPStatus.OK else status,
        error_type=word(error_type) if is_claudes else None,
        # Claude's errors are free. After a proxy's error, Claude may have answered.
        may_be_billed=not is_claudes and (status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AFTER_SENDING),
        headers=forwarded_headers(response) | ({_SHOULD_RETRY: should_retry} if should_retry else {}),
        upstream_request_id=request_id(response),
    )
    failure.details = _details_in(error) if is_claudes else None
    return failure


def request_id(response: httpx2.Response) -> str | None:
    """Claude's id of the request, cut to a maximum length, or None."""
    return identifier(response.headers.get("request-id"))


def _error_in(body: object) -> Mapping[str, object]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _details_in(error: Mapping[str, object]) -> Mapping[str, object] | None:
    details = error.get("details")
    return details if isinstance(details, dict) and details else None


def _kind(status: int, error: Mapping[str, object], should_retry: str | None) -> CallFailureKind:
    kind = _KINDS.get(str(error.get("type"))) or _KINDS_BY_STATUS.get(status)
    if kind == "rate_limit" and _is_spend_limit(error):
        return "spend_limit"
    if kind is not None:
        return kind
    # The SDK also retries any status with this header.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.OK or should_retry == "true":
        return "server_error"
    return "too_long" if str(error.get("message")).startswith("prompt is too long") else "rejected"


def _is_spend_limit(error: Mapping[str, object]) -> bool:
    """Whether a 429 is the account's spend limit. Then neither waiting nor another model helps."""
    return (_details_in(error) or {}).get("error_code") in SPEND_LIMITS


def forwarded_headers(response: httpx2.Response) -> dict[str, str]:
    """The headers for the caller: rate limits and `retry-after`."""
    return {name: value for name, value in response.headers.items() if name.startswith(_FORWARDED)}
