"""A request's idempotency key, from its header or its body."""

from collections.abc import Mapping

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.request import RouteRequest
from model_router.domain.runs.stored_run import Keyed, fingerprint

HEADER = "idempotency-key"


def keyed(request: RouteRequest, payload: Mapping[str, object], door: str, header: str | None = None) -> Keyed | None:
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
) -> Keyed | None:
    """InvalidRequest: header and body name two keys, or the header's is too long."""
    if header is not None and not 0 < len(header) <= 200:
        raise InvalidRequest(f"{HEADER}: must have 1 to 200 characters.")
    if header is not None and told is not None and header != told:
        raise InvalidRequest(f"idempotency_key: it is not that of the header {HEADER}. Send one of them.")
    key = header if header is not None else told
    return None if key is None else Keyed(client, key, fingerprint(payload, *beside))
