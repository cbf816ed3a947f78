"""What goes back over HTTP: the function's proxy response, or a gateway response of API Gateway's own.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.http.messages import Response
from devtools.local_stack.template.api import GatewayResponse

# Type → the status and the message that API Gateway gives it where the template says nothing.
_BUILT_IN = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource with an explicit deny"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "INTEGRATION_FAILURE": (504, "Internal server error"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "HTTP content length exceeded 10485760 bytes."),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type"),
    "DEFAULT_5XX": (502, "Internal server error"),
}
_DEFAULT_BODY = '{"message":$context.error.messageString}'
_VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.]+[A-Za-z0-9_])")
# These are the connection's own; a function does not set them.
_NOT_PASSED = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive", "te", "upgrade"})


_DELIMITER = b"\0" * 8
_MAX_HEAD = 16 * 1024


class MalformedProxyResponseError(Exception):
    """The function's answer is not what a proxy integration takes; API Gateway makes a 502 of it."""


def gateway_response(
    configured: Mapping[str, GatewayResponse], kind: str, *, request_id: str, message: str | None = None
) -> Response:
    """API Gateway's own answer of type ``kind``, in the form that the template gives it."""
    status, default_message = _BUILT_IN[kind]
    text = message or default_message
    chosen = configured.get(kind) or configured.get("DEFAULT_5XX" if status >= 500 else "DEFAULT_4XX")
    chosen = chosen or GatewayResponse()
    context = {
        "requestId": request_id,
        "extendedRequestId": request_id,
        "error.message": text,
        "error.messageString": json.dumps(text),
        "error.responseType": kind,
    }
    body = _VARIABLE.sub(lambda match: context.get(match.group(1), "-"), chosen.body or _DEFAULT_BODY)
    headers = [
        ("Content-Type", "application/json"),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", kind),
        *((name, _header_value(value, context)) for name, value in chosen.headers.items()),
    ]
    return Response(chosen.status or status, headers, body.encode())


def mock_response(mock: GatewayResponse, *, request_id: str) -> Response:
    """The answer of a mock integration: no function runs."""
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", request_id), *mock.headers.items()]
    return Response(mock.status or 200, headers, (mock.body or "").encode())


def _header_value(value: str, context: Mapping[str, str]) -> str:
    """A header's value: the text itself, or the context variable that it names."""
    prefix, _, variable = value.partition(".")
    return context.get(variable, "-") if prefix == "context" else value


def from_proxy_response(payload: bytes, *, request_id: str) -> Response:
    """The function's ``{statusCode, headers, multiValueHeaders, body, isBase64Encoded}`` as HTTP."""
    try:
        answer = json.loads(payload)
    except ValueError:
        raise MalformedProxyResponseError("not JSON") from None
    if not isinstance(answer, dict):
        raise MalformedProxyResponseError("not an object")
    try:
        status = int(answer["statusCode"])
    except (KeyError, TypeError, ValueError):
        raise MalformedProxyResponseError("no statusCode") from None
    if not 200 <= status <= 599:
        raise MalformedProxyResponseError(f"statusCode {status}")
    headers = _headers(answer)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    headers.append(("x-amzn-RequestId", request_id))
    return Response(status, headers, _body(answer))


def from_streamed_response(pieces: Iterator[bytes], *, request_id: str) -> Response:
    """The head of a streamed answer, and in ``body`` what has already come of its body.

    Takes ``{statusCode, headers, multiValueHeaders}``, eight null bytes, and the body, as transfer mode STREAM does:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    """
    received = b""
    for piece in pieces:
        received += piece
        head, delimiter, body = received.partition(_DELIMITER)
        if delimiter:
            response = from_proxy_response(head, request_id=request_id)
            response.body = body
            return response
        if len(received) > _MAX_HEAD:
            break
    raise MalformedProxyResponseError("no metadata and delimiter at its beginning")


def _headers(answer: dict[str, Any]) -> list[tuple[str, str]]:
    single, multiple = ({} if answer.get(name) is None else answer[name] for name in ("headers", "multiValueHeaders"))
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        raise MalformedProxyResponseError("headers are not an object")
    pairs = [(name, value) for name, value in single.items() if name not in multiple]
    for name, values in multiple.items():
        if not isinstance(values, list):
            raise MalformedProxyResponseError(f"multiValueHeaders.{name} is not a list")
        pairs += [(name, value) for value in values]
    if any(isinstance(value, dict | list) for _, value in pairs):
        raise MalformedProxyResponseError("a header's value is no scalar")
    texts = [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in pairs]
    if any("\r" in value or "\n" in value for _, value in texts):
        raise MalformedProxyResponseError("a header's value has a line break")
    return [(name, value) for name, value in texts if name.lower() not in _NOT_PASSED]


def _body(answer: dict[str, Any]) -> bytes:
    body = answer.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedProxyResponseError("body is not text")
    if not answer.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise MalformedProxyResponseError("body is not base64") from None
