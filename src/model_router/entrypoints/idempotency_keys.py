"""A request's idempotency key, from its header or its body."""

from collections.abc import Mapping

from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.execution import IdempotencyKey, fingerprint
from model_router.domain.inputs import checked_name
from model_router.domain.requests.request import RouteRequest

HEADER = "idempotency-key"
RETRY_HEADER = "x-stainless-retry-count"
"""Anthropic's SDKs send it: "0" with the first try, "1" with the first retry."""


def keyed(
    request: RouteRequest, payload: Mapping[str, object], door: str, header: str | None = None
) -> IdempotencyKey | None:
    """None: the request has no key, or is a dry run, which costs nothing. `door` tells the forms of answers apart."""
    if request.dry_run:
        return None
    return key_of(payload, request.client, door, request.task, header=header, told=request.idempotency_key)


def key_of(
    payload: Mapping[str, object],
    client: str,
    *beside: str | None,
    header: str | None,
    told: str | None,
) -> IdempotencyKey | None:
    """Raises InvalidRequest where header and body name two keys, or the header's is not a name."""
    if header is not None:
        checked_name(header, HEADER)
    if header is not None and told is not None and header != told:
        raise InvalidRequest(f"idempotency_key: differs from the {HEADER} header. Send one of them.")
    key = header if header is not None else told
    return None if key is None else IdempotencyKey(client, key, fingerprint(payload, *beside))


def retry_key(
    request: RouteRequest, payload: Mapping[str, object], door: str, count: str | None
) -> IdempotencyKey | None:
    """A key made of the request, so that its retries find it. None where the SDK does not count, and for a dry run."""
    if request.dry_run or count is None or not (count.isascii() and count.isdecimal() and len(count) < 4):
        return None
    headers = (f"{name}: {value}" for name, value in sorted(request.api_headers.items()))
    of_request = fingerprint(payload, door, request.task, *headers)
    # No caller's key: those have no control characters.
    return IdempotencyKey(request.client, f"retry\0{of_request}", of_request, retry=int(count))
