"""Lambda's Invoke action, so that ``boto3.client("lambda").invoke`` runs the real handlers."""

import json
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit

from devtools.http.messages import BodyTooLargeError, Request, Response
from devtools.http.server import HttpServer
from devtools.local_stack.functions.host import LambdaHost
from devtools.local_stack.functions.runtime_api import MAX_PAYLOAD, InvocationResult

_PREFIX, _SUFFIX = "/2015-03-31/functions/", "/invocations"
_MAX_EVENT_PAYLOAD = 1024 * 1024

SimulatedFunction = Callable[[bytes], InvocationResult]
"""A Lambda function that runs in this process: its event → its result. OSError: the connection ends without one."""


class InvokeApi:
    """Serves ``POST /2015-03-31/functions/{name}/invocations`` on a port of its own."""

    def __init__(
        self, hosts: Mapping[str, LambdaHost], simulated: Mapping[str, SimulatedFunction], *, port: int = 0
    ) -> None:
        """`simulated`: functions by name that the template does not have."""
        self._hosts = hosts
        self._simulated = simulated
        self._server = HttpServer("127.0.0.1", port, self._respond, name="lambda-invoke")
        self.url = self._server.url

    def start(self) -> None:
        """Serve in the background."""
        self._server.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def _respond(self, request: Request) -> Response:
        path = unquote(urlsplit(request.target).path)
        if request.method != "POST" or not (path.startswith(_PREFIX) and path.endswith(_SUFFIX)):
            return _error(404, "ResourceNotFoundException", "only Invoke is served here")
        name = _function_name(path.removeprefix(_PREFIX).removesuffix(_SUFFIX))
        if name in self._simulated:
            return _response(self._simulated[name](request.body(MAX_PAYLOAD)), [])
        by_name = {host.function.name: host for host in self._hosts.values()}
        host = by_name.get(name)
        if host is None:
            known = ", ".join(sorted(by_name))
            return _error(404, "ResourceNotFoundException", f"Function not found: {name}. There are: {known}")
        asynchronous = request.header("x-amz-invocation-type") == "Event"
        limit = _MAX_EVENT_PAYLOAD if asynchronous else MAX_PAYLOAD
        try:
            event = request.body(limit) or b"{}"
            json.loads(event)
        except BodyTooLargeError:
            message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
            return _error(413, "RequestTooLargeException", message)
        except ValueError:
            return _error(400, "InvalidRequestContentException", "Could not parse request body into json")
        return _invoke(host, event, request.header("x-amz-invocation-type") or "RequestResponse")


def _invoke(host: LambdaHost, event: bytes, kind: str) -> Response:
    if kind == "DryRun":
        return Response(204)
    invocation = host.submit(event)
    headers = [("x-amzn-RequestId", invocation.request_id), ("Content-Type", "application/json")]
    if kind == "Event":
        return Response(202, headers)
    result = invocation.wait()
    if result is None:
        return _error(500, "ServiceException", "the invocation ended without a result")
    headers.append(("X-Amz-Executed-Version", "1" if host.function.alias else "$LATEST"))
    return _response(result, headers)


def _response(result: InvocationResult, headers: list[tuple[str, str]]) -> Response:
    failed = [("X-Amz-Function-Error", "Unhandled")] if result.failed else []
    return Response(200, [*headers, *failed], result.payload)


def _function_name(reference: str) -> str:
    """The bare name in ``name``, ``name:alias`` or an ARN with or without alias."""
    if reference.startswith("arn:"):
        return reference.split(":")[6]
    return reference.split(":", 1)[0]


def _error(status: int, error_type: str, message: str) -> Response:
    body = json.dumps({"Type": "User", "Message": message}).encode()
    return Response(status, [("x-amzn-ErrorType", error_type), ("Content-Type", "application/json")], body)
