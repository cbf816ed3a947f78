"""The route that a request takes, and API Gateway's events: the REST proxy event (payload version 1.0), the REQUEST
authorizer event.

Routes are tried in API Gateway's order: exact parts, then ``{name}``, then ``{name+}``.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from devtools.http.messages import Request
from devtools.local_stack.template.api import Route
from devtools.local_stack.template.reader import ACCOUNT, REGION


@dataclass(frozen=True, slots=True)
class Match:
    """A route and the values that its path's variables took."""

    route: Route
    path_parameters: dict[str, str]


class RouteTable:
    """The routes of one API, ready to be matched."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_path: dict[str, dict[str, Route]] = {}
        for route in routes:
            self._by_path.setdefault(route.path, {})[route.method] = route
        self._patterns = sorted((path for path in self._by_path if "{" in path), key=_specificity)

    def match(self, method: str, path: str) -> Match | None:
        """The route for it, or None. The path is settled before the method, as in API Gateway."""
        if path in self._by_path:
            return _of_method(self._by_path[path], method, {})
        for pattern in self._patterns:
            values = _values(pattern, path)
            if values is not None:
                return _of_method(self._by_path[pattern], method, values)
        return None


def _of_method(methods: dict[str, Route], method: str, values: dict[str, str]) -> Match | None:
    route = methods.get(method) or methods.get("ANY")
    return Match(route, values) if route else None


def _specificity(pattern: str) -> list[int]:
    """Sorts exact parts before variables, and greedy variables last, part by part."""
    return [2 if part.endswith("+}") else 1 if part.startswith("{") else 0 for part in pattern.split("/")]


def _values(pattern: str, path: str) -> dict[str, str] | None:
    wanted, actual = pattern.strip("/").split("/"), path.strip("/").split("/")
    values: dict[str, str] = {}
    for index, part in enumerate(wanted):
        if part.endswith("+}"):
            rest = "/".join(actual[index:])
            return {**values, part[1:-2]: unquote(rest)} if rest else None
        if index >= len(actual):
            return None
        if part.startswith("{"):
            values[part[1:-1]] = unquote(actual[index])
        elif part != actual[index]:
            return None
    return values if len(wanted) == len(actual) else None


API_ID = "local"
LOCAL_KEY_ID = "local"


@dataclass(slots=True)
class Call:
    """A request that has found its route; the key and the authorizer's context are filled in on the way."""

    request: Request
    match: Match
    path: str
    query: str
    stage: str
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    api_key: str | None = None
    #: The id of the access key that signed the request; the caller is a user of that name.
    signer: str | None = None
    authorizer: dict[str, Any] | None = None

    @property
    def trace_id(self) -> str:
        """An X-Ray trace header's root, made of the request's id."""
        return f"Root=1-{int(time.time()):08x}-{self.request_id.replace('-', '')[:24]}"


def method_arn(call: Call) -> str:
    """The ARN that the authorizer's policy must allow."""
    method = f"{call.stage}/{call.request.method}/{call.path.lstrip('/')}"
    return f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API_ID}/{method}"


def proxy_event(call: Call, body: bytes) -> dict[str, Any]:
    """The event that a Lambda proxy integration sends to the function."""
    event = _common(call)
    event["body"] = body.decode("utf-8", "replace") if body else None
    event["isBase64Encoded"] = False
    return event


def authorizer_event(call: Call) -> dict[str, Any]:
    """The event of a Lambda authorizer of type REQUEST: the request without its body."""
    return {"type": "REQUEST", "methodArn": method_arn(call), **_common(call)}


def _common(call: Call) -> dict[str, Any]:
    headers = [*call.request.headers, *_added_headers(call)]
    query = parse_qsl(call.query, keep_blank_values=True)
    return {
        "resource": call.match.route.path,
        "path": call.path,
        "httpMethod": call.request.method,
        "headers": dict(headers),
        "multiValueHeaders": _grouped(headers),
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query) or None,
        "pathParameters": call.match.path_parameters or None,
        "stageVariables": None,
        "requestContext": _request_context(call),
    }


def _added_headers(call: Call) -> list[tuple[str, str]]:
    return [
        ("X-Amzn-Trace-Id", call.trace_id),
        ("X-Forwarded-For", call.request.peer),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _request_context(call: Call) -> dict[str, Any]:
    now = time.time()
    context: dict[str, Any] = {
        "resourceId": "local",
        "resourcePath": call.match.route.path,
        "httpMethod": call.request.method,
        "extendedRequestId": call.request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "path": f"/{call.stage}{call.path}",
        "accountId": ACCOUNT,
        "protocol": "HTTP/1.1",
        "stage": call.stage,
        "domainPrefix": API_ID,
        "requestTimeEpoch": int(now * 1000),
        "requestId": call.request_id,
        "identity": _identity(call),
        "domainName": f"{API_ID}.execute-api.{REGION}.amazonaws.com",
        "deploymentId": "local",
        "apiId": API_ID,
    }
    if call.authorizer is not None:
        context["authorizer"] = call.authorizer
    return context


def _identity(call: Call) -> dict[str, Any]:
    cognito = [
        f"cognito{name}" for name in ("IdentityPoolId", "IdentityId", "AuthenticationType", "AuthenticationProvider")
    ]
    others = ("accountId", "caller", "principalOrgId", "accessKey", "userArn", "user")
    identity: dict[str, Any] = dict.fromkeys((*cognito, *others))
    identity["sourceIp"] = call.request.peer
    identity["userAgent"] = call.request.header("user-agent")
    if call.signer is not None:
        identity["userArn"] = f"arn:aws:iam::{ACCOUNT}:user/{call.signer}"
        identity |= {"accountId": ACCOUNT, "accessKey": call.signer, "caller": call.signer, "user": call.signer}
    if call.api_key is not None:  # as API Gateway does, the key itself included: a handler must not log it
        identity["apiKey"] = call.api_key
        identity["apiKeyId"] = LOCAL_KEY_ID
    return identity
