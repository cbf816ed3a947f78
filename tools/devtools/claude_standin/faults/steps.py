"""Telling the stand-in how to behave: steps that match requests (`script` keeps those that wait).

A step is an object. Its matchers say which requests it is for, its other fields what happens to them,
together:

    {"status": 429, "retry_after": 2, "model": "haiku", "times": 2}
    {"answer": "It may be spam.", "slow": 0.5, "contains": "prize"}
    {"cut": 3, "attempt": 1}

The first step that matches a request is taken, and used up after `times` requests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from devtools.claude_standin.errors import ERRORS, SPEND_CAP_MESSAGE, ApiError

Refusal = Literal["before", "after"]
Page = Literal["html", "foreign", "truncated", "empty"]
Break = Literal["before_head", "in_head", "before_events", "after_start"]
FinalUsage = Literal["absent", "null", "zero", "text", "negative"]
AfterStop = Literal["event", "error", "garbage", "open"]
Drip = Literal["head", "error", "stream"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instruction.

    Matchers: `model` (part of the model's ID), `contains` (text anywhere in the body), `attempt` (the
    number at the end of x-router-attempt-id, or the whole id), `times` (requests it is good for; 0 for
    all).

    Effects: `status` (an error answer; with `retry_after` seconds, `spend_cap` for the 429 that no retry
    helps, `message`), `slow` (seconds before the first byte), `slow_stream` (seconds between events),
    `page` (with `status`, 200 included: the body that something between the caller and Claude sends, in place
    of Claude's error: an HTML page, JSON of another shape, Claude's JSON cut short, or nothing), `location`
    (of a redirect), `should_retry` (the header x-should-retry of an error),
    `reset` (the connection is reset before an answer), `breaks` (the connection is closed before the response's
    head, inside it, after it, or after the first event), `billed` (charge the error, reset or break all the same),
    `cut` (closed after so many content events, or in the middle of a JSON body), `garbage` (a 200 that makes no
    sense),
    `error_in_stream` (an overloaded_error event after so many content events), `refusal` (before any
    output, or after some; with its `category`), `answer` (this very text), `tool` (a call of this tool:
    `{"name": "Read", "input": {...}}`), `stop_reason`, `usage` (fields of the answer's
    usage that replace the counted ones, also on the bill), `final_usage` (what a stream's last usage says instead
    of the counts; the bill keeps them), `after_stop` (what follows message_stop in a stream: another event, an error
    event, an event that is not JSON, or nothing while the connection stays open), and `drips` (the response's head, the
    body of a 529 or a stream after its first content comes so slowly that it does not end).
    """

    model: str | None = None
    contains: str | None = None
    attempt: int | str | None = None
    times: int = 1
    status: int | None = None
    retry_after: float | None = None
    spend_cap: bool = False
    message: str | None = None
    page: Page | None = None
    location: str | None = None
    should_retry: bool | None = None
    slow: float = 0.0
    slow_stream: float = 0.0
    reset: bool = False
    breaks: Break | None = None
    billed: bool = False
    cut: int | None = None
    garbage: bool = False
    error_in_stream: int | None = None
    refusal: Refusal | None = None
    category: str | None = None
    answer: str | None = None
    tool: Mapping[str, Any] | None = None
    stop_reason: str | None = None
    usage: Mapping[str, Any] | None = None
    final_usage: FinalUsage | None = None
    after_stop: AfterStop | None = None
    drips: Drip | None = None

    def matches(self, model_id: str, text: str, attempt_id: str | None) -> bool:
        """Whether this step is for a request to that model, with that body and attempt id."""
        if self.model is not None and self.model not in model_id:
            return False
        if self.contains is not None and self.contains not in text:
            return False
        if isinstance(self.attempt, int):
            return (attempt_id or "").endswith(f"-{self.attempt}")
        return self.attempt is None or self.attempt == attempt_id

    def error(self) -> ApiError | None:
        """The error that `status` asks for."""
        if self.status is None:
            return None
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        headers |= {} if self.location is None else {"location": self.location}
        headers |= {} if self.should_retry is None else {"x-should-retry": str(self.should_retry).lower()}
        if self.spend_cap:
            details = {"error_code": "enforced_spend_limit_reached"}
            return ApiError(self.status, self.message or SPEND_CAP_MESSAGE, details=details)
        return ApiError(self.status, self.message, headers=headers)


NO_STEP = Step()
_FIELDS = {item.name: item for item in fields(Step)}
_NUMBERS = ("retry_after", "slow", "slow_stream")
_CHOICES = {
    "refusal": Refusal,
    "page": Page,
    "breaks": Break,
    "final_usage": FinalUsage,
    "after_stop": AfterStop,
    "drips": Drip,
}
_COUNTS = ("times", "cut", "error_in_stream")


def parse(step: Mapping[str, Any]) -> Step:
    """A step from its JSON.

    Raises:
        ValueError: an unknown field, or a value that makes no sense; the message names it.
    """
    for name in step:
        if name not in _FIELDS:
            raise ValueError(f"unknown field {name!r} in a step; there are: {', '.join(_FIELDS)}")
    status = step.get("status")
    if status is not None and status not in ERRORS and step.get("page") is None:
        known = ", ".join(map(str, ERRORS))
        raise ValueError(f"status {status!r} is not an error status of the API: give its `page`, or one of {known}")
    for name, kind in _CHOICES.items():
        if step.get(name) is not None and step[name] not in get_args(kind):
            raise ValueError(f"{name} is one of {', '.join(get_args(kind))}, not {step[name]!r}")
    for name in (*_NUMBERS, *_COUNTS):
        value = step.get(name)
        whole = name in _COUNTS
        is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if value is not None and (not is_number or value < 0):
            raise ValueError(f"{name} is a {'whole ' if whole else ''}number, 0 or more, not {value!r}")
    return Step(**step)
