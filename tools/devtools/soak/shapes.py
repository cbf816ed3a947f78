"""What an answer must look like, so that an SDK can make sense of it."""

import json
from itertools import pairwise
from typing import Any

_ERROR_TYPES = {
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "conflict_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "timeout_error",
    "overloaded_error",
}
_FOLLOWS = {
    "": {"message_start"},
    "message_start": {"content_block_start", "message_delta"},
    "content_block_start": {"content_block_delta", "content_block_stop"},
    "content_block_delta": {"content_block_delta", "content_block_stop"},
    "content_block_stop": {"content_block_start", "message_delta"},
    "message_delta": {"message_stop"},
    "message_stop": set[str](),
}
"""The events of an answer, pings apart: which may come behind which."""

Events = list[tuple[str, Any]]


def problem(status: int, text: bytes) -> str | None:
    """What is wrong with an answer that is one JSON object, or None."""
    answer: Any
    try:
        answer = json.loads(text)
    except ValueError:
        return f"status {status}: not JSON"
    if not isinstance(answer, dict):
        return f"status {status}: not an object"
    if status == 200:
        return None if "content" in answer else "status 200: no content"
    if status == 202:
        return None if answer.get("type") == "job" and answer.get("id") else "status 202: no job"
    wrong = _error_problem(answer)
    return wrong and f"status {status}: {wrong}"


def stream_problem(text: bytes, *, whole: bool = True) -> str | None:
    """What is wrong with an answer of server-sent events, or None. With `whole`, its end must be there.

    It ends with `message_stop`, or with an error of Anthropic's shape as its last event.
    """
    try:
        events = [(name, data) for name, data in events_in(text) if name != "ping"]
    except ValueError:
        return "a stream: an event that cannot be read"
    names = [name for name, _ in events]
    failed = names[-1:] == ["error"]
    answer = names[:-1] if failed else names
    problem = f"a stream: {' '.join(names)}"
    if any(after not in _FOLLOWS.get(before, set()) for before, after in pairwise(["", *answer])):
        return problem
    if answer and "router" not in events[0][1].get("message", {}):
        return "a stream: message_start without a router object"
    is_over = answer[-1:] == ["message_stop"]
    if failed:
        return problem if is_over else _error_problem(events[-1][1])
    return problem if whole and not is_over else None


def events_in(text: bytes) -> Events:
    """Name and data of each event that is there to its end. ValueError: one of them is not an event of Anthropic's."""
    *complete, _ = text.decode().split("\n\n")
    return [_event(lines) for lines in complete]


def _event(lines: str) -> tuple[str, Any]:
    first, _, second = lines.partition("\n")
    name, data = first.removeprefix("event: "), json.loads(second.removeprefix("data: "))
    if not isinstance(data, dict) or data.get("type") != name:
        raise ValueError(f"not an event: {lines[:100]}")
    return name, data


def _error_problem(answer: dict[str, Any]) -> str | None:
    error = answer.get("error")
    if answer.get("type") != "error" or not isinstance(error, dict):
        return "not an error of Anthropic's shape"
    if error.get("type") not in _ERROR_TYPES or not error.get("message") or not answer.get("request_id"):
        return f"error type {error.get('type')!r}, or no message or request id"
    return None
