"""API Gateway in small: HTTP in, a REST proxy event to the real handler, its proxy response out."""

import fnmatch
import json
import re
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.http.messages import (
    BodyTooLargeError,
    CutOffError,
    InvalidBodyError,
    Request,
    Response,
    UnsupportedCodingError,
    decompress,
)
from devtools.http.server import HttpServer
from devtools.local_stack.functions.host import LambdaHost
from devtools.local_stack.functions.runtime_api import MAX_PAYLOAD, Invocation
from devtools.local_stack.gateway.events import Call, Match, RouteTable, authorizer_event, method_arn, proxy_event
from devtools.local_stack.gateway.responses import (
    MalformedProxyResponseError,
    from_proxy_response,
    from_streamed_response,
    gateway_response,
    mock_response,
)
from devtools.local_stack.template.api import ApiSpec, Route

_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 Credential=(\w+)/")
_MAX_BODY = 10 * 1024 * 1024
_AUTHORIZER_TIMEOUT = 29.0


class _RefusedError(Exception):
    """API Gateway answers by itself, with the gateway response of this type."""

    def __init__(self, kind: str, message: str | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.message = message


class Gateway:
    """Serves one REST API. ``hosts`` maps the logical IDs that its routes name to their functions."""

    def __init__(
        self, api: ApiSpec, hosts: Mapping[str, LambdaHost], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._api = api
        self._hosts = hosts
        self._routes = RouteTable(api.routes)
        self._server = HttpServer(host, port, self._respond, name="api", backpressure=True)
        self.url = self._server.url

    def start(self) -> None:
        """Serve in the background."""
        self._server.start()

    def close(self) -> None:
        """Stop serving; requests on their way are cut."""
        self._server.close()

    def _respond(self, request: Request) -> Response:
        path, _, query = request.target.partition("?")
        match = self._routes.match(request.method, path)
        # Where no route matches there is no function either: the match only carries the path.
        call = Call(
            request,
            match or Match(Route(path, request.method, "", None, False), {}),
            path,
            query,
            self._api.stage,
        )
        try:
            if match is None:
                raise _RefusedError("MISSING_AUTHENTICATION_TOKEN")
            return self._run(call, match.route)
        except _RefusedError as refused:
            return gateway_response(
                self._api.gateway_responses, refused.kind, request_id=call.request_id, message=refused.message
            )

    def _run(self, call: Call, route: Route) -> Response:
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
        try:
            body = decompress(call.request.body(_MAX_BODY), call.request.header("content-encoding"), _MAX_BODY)
        except BodyTooLargeError:
            raise _RefusedError("REQUEST_TOO_LARGE") from None
        except (UnsupportedCodingError, InvalidBodyError):
            raise _RefusedError("UNSUPPORTED_MEDIA_TYPE") from None
        if route.mock is not None:
            return mock_response(route.mock, request_id=call.request_id)
        self._authorize(call, route)
        event = json.dumps(proxy_event(call, body), ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        if len(event) > MAX_PAYLOAD:
            raise _RefusedError("REQUEST_TOO_LARGE", f"Request must be smaller than {MAX_PAYLOAD} bytes for Lambda")
        invocation = self._hosts[route.function].submit(event, trace_id=call.trace_id)
        if route.streamed:
            return self._stream(invocation, route, call)
        result = invocation.wait(route.timeout)
        if result is None:
            raise _RefusedError("INTEGRATION_TIMEOUT")
        if result.failed:
            raise _RefusedError("DEFAULT_5XX")
        try:
            return from_proxy_response(result.payload, request_id=call.request_id)
        except MalformedProxyResponseError as error:
            print(f"api: malformed proxy response from {route.function}: {error}", file=sys.stderr)
            raise _RefusedError("DEFAULT_5XX") from None

    def _stream(self, invocation: Invocation, route: Route, call: Call) -> Response:
        """Passes the answer on from its status on: what comes after it cannot be answered otherwise any more."""
        pieces = invocation.listen(route.timeout)
        try:
            response = from_streamed_response(pieces, request_id=call.request_id)
        except MalformedProxyResponseError as error:
            if invocation.result is None:
                raise _RefusedError("INTEGRATION_TIMEOUT") from None
            print(f"api: malformed streamed response from {route.function}: {error}", file=sys.stderr)
            raise _RefusedError("DEFAULT_5XX") from None
        response.stream = _to_its_end(pieces, invocation)
        if invocation.result is not None and not invocation.result.failed:
            response.body += b"".join(pieces)
            response.over = True
        return response

    def _authorize(self, call: Call, route: Route) -> None:
        if route.signed:
            found = _CREDENTIAL.match(call.request.header("authorization") or "")
            if found is None:
                raise _RefusedError("MISSING_AUTHENTICATION_TOKEN")
            call.signer = found[1]  # the signature is not checked: there are no secret keys here
        key = call.request.header("x-api-key")
        if route.authorizer:
            key = self._ask_authorizer(call, route.authorizer)
        if route.key_required:
            if not key:
                raise _RefusedError("INVALID_API_KEY")
            call.api_key = key  # any key passes here: there is no usage plan to look it up in

    def _ask_authorizer(self, call: Call, function: str) -> str | None:
        """Run the authorizer, hold the request against its policy; the key that it hands on."""
        started = time.perf_counter()
        event = json.dumps(authorizer_event(call), ensure_ascii=False).encode(errors="replace")
        result = self._hosts[function].invoke(event, _AUTHORIZER_TIMEOUT)
        answer = json.loads(result.payload) if result else None
        if result is None or not isinstance(answer, dict):
            raise _RefusedError("AUTHORIZER_FAILURE")
        if result.failed:
            raise _RefusedError(
                "UNAUTHORIZED" if answer.get("errorMessage") == "Unauthorized" else "AUTHORIZER_FAILURE"
            )
        if not _allows(answer, method_arn(call)):
            raise _RefusedError("ACCESS_DENIED")
        latency = int((time.perf_counter() - started) * 1000)
        call.authorizer = {
            "principalId": answer.get("principalId"),
            "integrationLatency": latency,
            **(answer.get("context") or {}),
        }
        return answer.get("usageIdentifierKey")


def _to_its_end(pieces: Iterator[bytes], invocation: Invocation) -> Iterator[bytes]:
    yield from (piece for piece in pieces if piece)
    if invocation.result is None or invocation.result.failed:
        raise CutOffError("the function's answer broke off")


def _allows(answer: dict[str, Any], arn: str) -> bool:
    """Whether the policy lets the method be called: a deny wins, and without an allow there is none."""
    try:
        statements = answer["policyDocument"]["Statement"]
        effects = {
            statement["Effect"]
            for statement in statements
            if any(fnmatch.fnmatchcase(arn, resource) for resource in _listed(statement["Resource"]))
        }
    except (KeyError, TypeError):
        raise _RefusedError("AUTHORIZER_CONFIGURATION_ERROR") from None
    return "Allow" in effects and "Deny" not in effects


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
