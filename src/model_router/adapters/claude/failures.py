"""Claude's error answers as the failures that the router knows, and the headers that a caller is told with them."""

from collections.abc import Mapping

import httpx2

from model_router.domain.calls.ports import CallFailed, CallFailureKind

_PASSED_ON = ("retry-after", "anthropic-")
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
    429: "rate_limit",
    529: "overloaded",
}


def status_failure(response: httpx2.Response, message: str, body: object) -> CallFailed:
    """The failure that an error of Claude's is, from its body where it has Anthropic's shape, else from its status."""
    told = body.get("error") if isinstance(body, dict) else None
    error: Mapping[str, object] = told if isinstance(told, dict) else {}
    error_type = error.get("type") if isinstance(error.get("type"), str) else None
    words = error.get("message") if isinstance(error.get("message"), str) else message
    status = response.status_code
    kind = _KINDS.get(str(error_type)) or _KINDS_BY_STATUS.get(status)
    if kind == "rate_limit" and _is_spend_limit(error):
        kind = "spend_limit"
    if kind is None:
        kind = "server_error" if status >= 500 or status == 200 else "rejected"
    if kind == "rejected" and str(words).startswith("prompt is too long"):
        kind = "too_long"
    return CallFailed(
        kind,
        str(words),
        status=None if status == 200 else status,
        error_type=str(error_type) if error_type else None,
        # Claude's own errors are free. What something on the way answers says nothing of what Claude did.
        may_be_billed=status >= 500 and error_type is None,
        headers=passed_on(response),
        upstream_request_id=response.headers.get("request-id"),
    )


def _is_spend_limit(error: Mapping[str, object]) -> bool:
    """Whether a 429 is the account's own spend limit: waiting does not help, nor does another model."""
    details = error.get("details")
    return isinstance(details, Mapping) and details.get("error_code") == "enforced_spend_limit_reached"


def passed_on(response: httpx2.Response) -> dict[str, str]:
    """The headers that the caller is to have: rate limits, and when to come back."""
    return {name: value for name, value in response.headers.items() if name.startswith(_PASSED_ON)}
