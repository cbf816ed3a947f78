"""Request and response of the Messages API, a pair a line: `{"request": {…}, "response": {…}}`.

`request` is the body, or an object that holds it as `body` or `params` (as batches do); `response` is the message, or
holds it as `body` or `message`. `timestamp`, `client` and `tags` may stand beside them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from call_logs.calls import LoggedCall, checked_body, mapping, moment
from model_router.domain.answers.message import answer_text
from model_router.domain.money.pricing import Usage

_TIMES = ("timestamp", "created_at", "time")


def recognises(entry: Mapping[str, Any]) -> bool:
    return "request" in entry and "response" in entry


def read(entry: Mapping[str, Any]) -> LoggedCall:
    request = _inner(mapping(entry["request"], "request"), ("body", "params"), "messages")
    response = _inner(mapping(entry["response"], "response"), ("body", "message"), "usage")
    usage = mapping(response.get("usage"), "response.usage")
    told = next((entry[name] for name in _TIMES if entry.get(name)), None)
    tags = entry.get("tags")
    return LoggedCall(
        model=str(response.get("model") or request.get("model") or ""),
        usage=Usage.from_claude(usage),
        at=moment(told) if told is not None else datetime.now(UTC),
        body=checked_body(request),
        answer=answer_text(response) if isinstance(response.get("content"), list) else None,
        client=str(entry.get("client") or "unknown"),
        tags={str(name): str(value) for name, value in tags.items()} if isinstance(tags, Mapping) else {},
        passed=entry.get("passed") if isinstance(entry.get("passed"), bool) else None,
        score=_score(entry.get("score")),
    )


def _inner(outer: Mapping[str, Any], names: tuple[str, ...], sign: str) -> Mapping[str, Any]:
    if sign in outer:
        return outer
    for name in names:
        if isinstance(outer.get(name), Mapping):
            return mapping(outer[name], name)
    return outer


def _score(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 else None
