"""How an answer leaves over HTTPS: as API Gateway's proxy response, or as a stream.

A route in transfer mode STREAM accepts nothing but a stream, whatever it answers; every other route accepts nothing but
the proxy response. The template says which routes stream; a test compares `STREAMED_ROUTES` with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from model_router.domain.errors import RouterError
from model_router.entrypoints.http.callers import SIGNED_ROUTE
from model_router.runtime.answers import Responder, Streamed

STREAMED_ROUTES = frozenset({"/v1/messages", "/v1/route", SIGNED_ROUTE})
"""The routes that wait for Claude."""


class Answer(Protocol):
    """An HTTP answer, which may be made while it is sent."""

    def send(self, responder: Responder, *, live: bool) -> None:
        """Sends the answer. `live`: each piece reaches the caller at once."""


@dataclass(frozen=True, slots=True)
class ProxyAnswer:
    """A whole answer, as a proxy response."""

    response: dict[str, Any]

    def send(self, responder: Responder, *, live: bool) -> None:
        headers: dict[str, str] = dict(self.response.get("headers") or {})
        for name, values in (self.response.get("multiValueHeaders") or {}).items():
            headers[name] = ", ".join(values)
        responder.start(self.response["statusCode"], headers)
        responder.end((self.response.get("body") or "").encode())


class _Collector:
    """A `Responder` that collects the answer."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.pieces: list[bytes] = []

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        self.status, self.headers = status, dict(headers)

    def write(self, piece: bytes) -> None:
        self.pieces.append(piece)

    def end(self, piece: bytes) -> None:
        self.write(piece)


def error_headers(error: RouterError, gateway_request_id: str) -> dict[str, str]:
    """The headers of an error's response. Sets the error's request id if it has none."""
    error.request_id = error.request_id or f"gw_{gateway_request_id}"
    headers = {**error.headers, "request-id": error.request_id}
    return headers if error.should_retry else {**headers, "x-should-retry": "false"}


def cors_headers(origin: str | None, allowed: str) -> dict[str, str]:
    """The CORS headers for `origin`, if it is in `allowed`: origins separated by commas, or `*`.

    API Gateway answers the preflight (`template.yaml`). API keys come in headers and never in cookies, so a wildcard
    gives a page nothing that it could not do with a key of its own.
    """
    if not origin or not (allowed == "*" or origin in allowed.split(",")):
        return {}
    return {"access-control-allow-origin": origin, "access-control-expose-headers": "*", "vary": "origin"}


def for_lambda(answer: Answer, event: Mapping[str, Any], context: object, flush: Callable[[], None]) -> Any:
    """What the handler returns. `flush` is called once the answer is made."""
    if getattr(context, "streams", False) and event.get("resource") in STREAMED_ROUTES:

        def produce(responder: Responder) -> None:
            try:
                answer.send(responder, live=True)
            finally:
                flush()

        return Streamed(produce)
    try:
        return _proxy_response(answer)
    finally:
        flush()


def _proxy_response(answer: Answer) -> dict[str, Any]:
    if isinstance(answer, ProxyAnswer):
        return answer.response
    collected = _Collector()
    answer.send(collected, live=False)
    body = b"".join(collected.pieces).decode()
    return {"statusCode": collected.status, "headers": collected.headers, "body": body, "isBase64Encoded": False}
