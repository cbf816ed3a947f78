"""Request and response of the Messages API, a pair a line: `{"request": {…}, "response": {…}}`.

`request` is the body, or an object that holds it as `body` or `params` (as batches do); `response` is the message, or
holds it as `body` or `message`. Beside them may stand `timestamp`, `client`, `tags`, and what is known of the answer:
`passed` (its checks), `score` (0 to 1), `want` (the tier that a person says it needs), `source` (its template).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from call_logs.calls import LoggedCall, checked_body, mapping, moment, score_of
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
    want, source = entry.get("want"), entry.get("source")
    return LoggedCall(
        model=str(response.get("model") or request.get("model") or ""),
        usage=Usage.from_claude(usage),
        at=moment(told) if told is not None else datetime.now(UTC),
        body=checked_body(request),
        answer=answer_text(response) if isinstance(response.get("content"), list) else None,
        client=str(entry.get("client") or "unknown"),
        tags={str(name): str(value) for name, value in tags.items()} if isinstance(tags, Mapping) else {},
        passed=entry.get("passed") if isinstance(entry.get("passed"), bool) else None,
        want=want if isinstance(want, str) else None,
        source=source if isinstance(source, str) else None,
        score=score_of(entry.get("score")),
    )


def _inner(outer: Mapping[str, Any], names: tuple[str, ...], sign: str) -> Mapping[str, Any]:
    if sign in outer:
        return outer
    for name in names:
        if isinstance(outer.get(name), Mapping):
            return mapping(outer[name], name)
    return outer
