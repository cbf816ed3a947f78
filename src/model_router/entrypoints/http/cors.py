"""CORS headers, for the origins that the stack's CorsAllowedOrigins lists.

API Gateway answers the preflight (`template.yaml`). API keys come in headers and never in cookies, so a wildcard gives
a page nothing that it could not do with a key of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from model_router.entrypoints.http.response import Answer
from model_router.runtime.answers import Responder


def with_cors(answer: Answer, origin: str | None, allowed: str) -> Answer:
    """The answer with CORS headers if `origin` is in `allowed`: origins separated by commas, or `*`."""
    if not origin or not (allowed == "*" or origin in allowed.split(",")):
        return answer
    headers = {"access-control-allow-origin": origin, "access-control-expose-headers": "*", "vary": "origin"}
    return _WithHeaders(answer, headers)


@dataclass(frozen=True, slots=True)
class _WithHeaders:
    answer: Answer
    headers: Mapping[str, str]

    def send(self, responder: Responder, *, live: bool) -> None:
        self.answer.send(_Responder(responder, self.headers), live=live)


@dataclass(frozen=True, slots=True)
class _Responder:
    """A `Responder` that adds headers."""

    to: Responder
    headers: Mapping[str, str]

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        self.to.start(status, {**headers, **self.headers})

    def write(self, piece: bytes) -> None:
        self.to.write(piece)

    def end(self, piece: bytes) -> None:
        self.to.end(piece)
