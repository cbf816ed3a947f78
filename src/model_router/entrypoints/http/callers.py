"""The client of a request whose caller API Gateway checks by something else than an API key.

Such requests have a path of their own, whose prefix comes before the API's usual paths. Key ids have neither `:` nor
`/`, so no name made here is the name of a key. docs/operations/ways-in.md
"""

import re
from collections.abc import Mapping
from typing import Any

from model_router.domain.errors import Unauthenticated

SIGNED_ROUTE = "/iam/{proxy+}"
"""Requests that are signed by an IAM role or user (SigV4)."""

_SIGNED_PREFIX = SIGNED_ROUTE.removesuffix("/{proxy+}")
_NAME = r"([\w+=,.@-]{1,64})"
#: A role's session has a name that its user chooses: it is left out. So are paths, which are no part of the name.
_ROLE = re.compile(rf"arn:aws[a-z-]*:sts::(\d{{12}}):assumed-role/{_NAME}/[^/]+", re.ASCII)
_USER = re.compile(rf"arn:aws[a-z-]*:iam::(\d{{12}}):user/(?:[!-~]+/)?{_NAME}", re.ASCII)


def without_prefix(event: dict[str, Any]) -> dict[str, Any]:
    """The event with the path that it would have if its caller had a key. The prefix counts only on its own route."""
    if event.get("resource") != SIGNED_ROUTE:
        return event
    return {**event, "path": event["path"].removeprefix(_SIGNED_PREFIX)}


def checked_client(event: Mapping[str, Any], key_id: str | None) -> str:
    """The client: the API key's id, or on `SIGNED_ROUTE` `<account>:role/<name>` or `<account>:user/<name>`.

    API Gateway sets the ARN after it has checked the signature. Raises Unauthenticated for any other principal.
    """
    if event.get("resource") != SIGNED_ROUTE:
        return key_id or "anonymous"
    arn = event["requestContext"].get("identity", {}).get("userArn") or ""
    for kind, form in (("role", _ROLE), ("user", _USER)):
        if found := form.fullmatch(arn):
            return f"{found[1]}:{kind}/{found[2]}"
    raise Unauthenticated("Requests below /iam must be signed by an IAM role or user. This caller is neither.")
