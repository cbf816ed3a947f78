"""A request's idempotency key: from its header or its body, or derived from the request itself."""

from collections.abc import Mapping

from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.execution import IdempotencyKey, fingerprint
from model_router.domain.inputs import checked_name
from model_router.domain.requests.header_options import NO_OPTIONS, HeaderOptions
from model_router.domain.requests.request import RouteRequest

HEADER = "idempotency-key"
RETRY_HEADER = "x-stainless-retry-count"
"""Sent by Anthropic's SDKs: "0" with the first try, "1" with the first retry."""


def key_of_request(
    request: RouteRequest,
    payload: Mapping[str, object],
    endpoint: str,
    given: HeaderOptions = NO_OPTIONS,
    header: str | None = None,
) -> IdempotencyKey | None:
    """The key that the caller sent, or None. A dry run costs nothing and has none.

    `endpoint` distinguishes the forms of answers.
    """
    if request.dry_run:
        return None
    context = (endpoint, request.task, *given.context())
    return key_of(payload, request.client, *context, header=header, in_body=request.idempotency_key)


def key_of(
    payload: Mapping[str, object],
    client: str,
    *context: str | None,
    header: str | None,
    in_body: str | None,
) -> IdempotencyKey | None:
    """`context`: what else decides the answer. Raises InvalidRequest if the key is invalid or sent twice."""
    if header is not None:
        checked_name(header, HEADER)
    if header is not None and in_body is not None and header != in_body:
        raise InvalidRequest(f"idempotency_key: differs from the {HEADER} header. Send only one of them.")
    key = header if header is not None else in_body
    return None if key is None else IdempotencyKey(client, key, fingerprint(payload, *context))


def key_of_retries(
    request: RouteRequest, payload: Mapping[str, object], endpoint: str, given: HeaderOptions, count: str | None
) -> IdempotencyKey | None:
    """A key that a request and the SDK's retries of it share, or None if the SDK does not count them."""
    if request.dry_run or count is None or not (count.isascii() and count.isdecimal() and len(count) < 4):
        return None
    headers = (f"{name}: {value}" for name, value in sorted(request.api_headers.items()))
    request_fingerprint = fingerprint(payload, endpoint, request.task, *given.context(), *headers)
    # No caller can send such a key: a control character is not allowed in one.
    return IdempotencyKey(request.client, f"retry\0{request_fingerprint}", request_fingerprint, retry=int(count))
