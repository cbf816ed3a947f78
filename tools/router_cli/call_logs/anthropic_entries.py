"""The Messages API's own JSON: request and response as a pair, a response alone, and a line of a batch's results.

A pair is `{"request": {…}, "response": {…}}`. `request` is the body, or an object that holds it as `body` or `params`
(as batches do); `response` is the message, the events of its stream (as an array, or as the text of the server-sent
events), or an object that holds one of these as `body` or `message`. A pair may also have `timestamp`, `client`,
`tags`, `request_id`, and the outcome: `passed` (its checks), `score` (0 to 1), `want` (the tier that a
person says it needs), `source` (its template). Without a time of its own an entry is priced by today's list.

Source: Anthropic's pages on the Messages API, streaming and Message Batches (platform docs, read 2026-10-08).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from model_router.domain.answers.message import answer_text
from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import (
    FreeCallError,
    LoggedCall,
    checked_body,
    mapping,
    moment,
    parsed,
    score_of,
)
from router_cli.call_logs.usage_shapes import assembled, events_in

_TIMES = ("timestamp", "created_at", "time")
_ITEM = ("custom_id", "result")


def recognises(entry: Mapping[str, Any]) -> bool:
    if "request" in entry and "response" in entry:
        return True
    return all(name in entry for name in _ITEM) or _is_answer(entry) or isinstance(entry.get("events"), list)


def read(entry: Mapping[str, Any]) -> LoggedCall:
    if "request" in entry and "response" in entry:
        request = _inner(mapping(entry["request"], "request"), ("body", "params"), "messages")
        body = checked_body(request)
        return _call(entry, _answer(entry["response"]), body, str(request.get("model") or ""))
    if all(name in entry for name in _ITEM):
        return _call(entry, _batch_answer(mapping(entry["result"], "result")), None, "")
    return _call(entry, entry if _is_answer(entry) else assembled(entry["events"]), None, "")


def _call(entry: Mapping[str, Any], answer: Mapping[str, Any], body: dict[str, Any] | None, model: str) -> LoggedCall:
    usage = mapping(answer.get("usage"), "response.usage")
    timestamp = next((entry[name] for name in _TIMES if entry.get(name)), None)
    tags, want, source = entry.get("tags"), entry.get("want"), entry.get("source")
    ids = (answer.get("id"), answer.get("_request_id"), entry.get("request_id"))
    return LoggedCall(
        model=str(answer.get("model") or model),
        usage=Usage.from_claude(usage),
        at=moment(timestamp) if timestamp is not None else datetime.now(UTC),
        ids=tuple(name for name in ids if isinstance(name, str) and name),
        message=answer,
        body=body,
        answer=answer_text(answer) if isinstance(answer.get("content"), list) else None,
        client=str(entry.get("client") or "unknown"),
        tags={str(name): str(value) for name, value in tags.items()} if isinstance(tags, Mapping) else {},
        passed=entry.get("passed") if isinstance(entry.get("passed"), bool) else None,
        want=want if isinstance(want, str) else None,
        source=source if isinstance(source, str) else None,
        score=score_of(entry.get("score")),
    )


def _answer(response: object) -> Mapping[str, Any]:
    found = parsed(response)
    if isinstance(found, str):
        found = events_in(found)
    if isinstance(found, list):
        return assembled(found)
    message = mapping(found, "response")
    if message.get("type") == "error":
        raise FreeCallError("Claude answered with an error")
    inner = next((message[name] for name in ("body", "message") if name in message), None)
    return message if inner is None or "usage" in message else _answer(inner)


def _batch_answer(result: Mapping[str, Any]) -> Mapping[str, Any]:
    if result.get("type") in ("errored", "canceled", "expired"):
        raise FreeCallError(f"the batch's item {result['type']}")
    message = dict(mapping(result.get("message"), "result.message"))
    usage = mapping(message.get("usage"), "result.message.usage")
    return {**message, "usage": {**usage, "service_tier": "batch"}}


def _is_answer(entry: Mapping[str, Any]) -> bool:
    return entry.get("type") == "message" and entry.get("role") == "assistant"


def _inner(outer: Mapping[str, Any], names: tuple[str, ...], sign: str) -> Mapping[str, Any]:
    if sign in outer:
        return outer
    for name in names:
        inner = parsed(outer.get(name))
        if isinstance(inner, Mapping):
            return inner
    return outer
