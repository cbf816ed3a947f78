"""Hands the caller's key to API Gateway, which checks, throttles and meters it (`ApiKeySource: AUTHORIZER`).

A REQUEST authorizer. It does not check the key: API Gateway looks `usageIdentifierKey` up in its usage plans and
refuses an unknown one. It uses the standard library alone, so that a cold start costs next to nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

#: API Gateway keys have 20 to 128 characters; a longer `usageIdentifierKey` is its 500, not its 401.
MAX_KEY_LENGTH = 128


class AuthorizerAnswer(TypedDict):
    """What API Gateway expects (its developer guide, "Output from an API Gateway Lambda authorizer")."""

    principalId: str
    policyDocument: dict[str, Any]
    usageIdentifierKey: str


class UnauthorizedError(Exception):
    """API Gateway answers 401 to exactly the message "Unauthorized", and 500 to any other."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def handler(event: Mapping[str, Any], context: object) -> AuthorizerAnswer:
    """Allows this one method call for the key that came with it.

    `event` is API Gateway's REQUEST authorizer event. Raises UnauthorizedError if there is no usable key.
    """
    key = _key(event)
    if not key or len(key) > MAX_KEY_LENGTH:
        raise UnauthorizedError
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {
        "principalId": "api-key",  # API Gateway names the caller: requestContext.identity.apiKeyId
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "usageIdentifierKey": key,
    }


def _key(event: Mapping[str, Any]) -> str:
    """The key in `x-api-key`, else in `Authorization: Bearer` (SDK 2.x sends only that), else an empty string."""
    bearer = ""
    for name, value in _headers(event):
        if name == "x-api-key" and value.strip():
            return value.strip()
        if name == "authorization" and not bearer:
            scheme, _, credentials = value.strip().partition(" ")
            bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    return bearer


def _headers(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """All headers, names in lower case. Both forms are read: a test event may have only one."""
    for name, value in (event.get("headers") or {}).items():
        yield name.lower(), value or ""
    for name, values in (event.get("multiValueHeaders") or {}).items():
        for value in values or ():
            yield name.lower(), value or ""
