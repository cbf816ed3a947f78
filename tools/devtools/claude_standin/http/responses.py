"""Responses as bytes, each ready for one write."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

_LIMITS = (
    "anthropic-ratelimit-requests-limit: 4000\r\n"
    "anthropic-ratelimit-requests-remaining: 3999\r\n"
    "anthropic-ratelimit-requests-reset: 2026-11-22T00:00:00Z\r\n"
    "anthropic-ratelimit-tokens-limit: 2000000\r\n"
    "anthropic-ratelimit-tokens-remaining: 1999000\r\n"
    "anthropic-ratelimit-tokens-reset: 2026-11-22T00:00:00Z\r\n"
)
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | {529: "Overloaded"}


def head(status: int, request_id: str, headers: Mapping[str, str]) -> bytes:
    """The status line and the headers, those of every response included."""
    given = {"content-type": "application/json", **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    common = f"request-id: {request_id}\r\nx-claude-standin: true\r\nserver: claude-standin\r\n"
    limits = _LIMITS if status in {200, 429} else ""
    return f"HTTP/1.1 {status} {_PHRASES.get(status, 'Error')}\r\n{common}{limits}{lines}\r\n".encode("latin-1")


def json_response(status: int, payload: Any, request_id: str, headers: Mapping[str, str]) -> bytes:
    """A whole response with a JSON body."""
    body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")
    return head(status, request_id, {"content-length": str(len(body)), **headers}) + body
