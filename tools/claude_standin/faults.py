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

from claude_standin.errors import SPEND_CAP_MESSAGE, TYPE_OF_STATUS, ApiError

Refusal = Literal["before", "after"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instruction.

    Matchers: `model` (part of the model's ID), `contains` (text anywhere in the body), `attempt` (the
    number at the end of x-router-attempt-id, or the whole id), `times` (requests it is good for; 0 for
    all).

    Effects: `status` (an error answer; with `retry_after` seconds, `spend_cap` for the 429 that no retry
    helps, `message`), `slow` (seconds before the first byte), `slow_stream` (seconds between events),
    `reset` (the connection is reset before an answer; `billed` to charge it all the same), `cut` (closed
    after so many content events, or in the middle of a JSON body), `garbage` (a 200 that makes no sense),
    `error_in_stream` (an overloaded_error event after so many content events), `refusal` (before any
    output, or after some), `answer` (this very text), `stop_reason`, and `usage` (fields of the answer's
    usage to put over what was counted; what is billed follows).
    """

    model: str | None = None
    contains: str | None = None
    attempt: int | str | None = None
    times: int = 1
    status: int | None = None
    retry_after: float | None = None
    spend_cap: bool = False
    message: str | None = None
    slow: float = 0.0
    slow_stream: float = 0.0
    reset: bool = False
    billed: bool = False
    cut: int | None = None
    garbage: bool = False
    error_in_stream: int | None = None
    refusal: Refusal | None = None
    answer: str | None = None
    stop_reason: str | None = None
    usage: Mapping[str, Any] | None = None

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
        if self.spend_cap:
            details = {"error_code": "enforced_spend_limit_reached"}
            return ApiError(self.status, self.message or SPEND_CAP_MESSAGE, details=details)
        return ApiError(self.status, self.message, headers=headers)


NO_STEP = Step()
_FIELDS = {item.name: item for item in fields(Step)}
_NUMBERS = ("retry_after", "slow", "slow_stream")
_COUNTS = ("times", "cut", "error_in_stream")


def parse(step: Mapping[str, Any]) -> Step:
    """A step from its JSON.

    Raises:
        ValueError: an unknown field, or a value that makes no sense; the message names it.
    """
    for name in step:
        if name not in _FIELDS:
            raise ValueError(f"unknown field {name!r} in a step; there are: {', '.join(_FIELDS)}")
    if step.get("status") is not None and step["status"] not in TYPE_OF_STATUS:
        known = ", ".join(map(str, TYPE_OF_STATUS))
        raise ValueError(f"status {step['status']!r} is none that the API gives; there are: {known}")
    if step.get("refusal") is not None and step["refusal"] not in get_args(Refusal):
        raise ValueError(f"refusal is 'before' or 'after' any output, not {step['refusal']!r}")
    for name in (*_NUMBERS, *_COUNTS):
        value = step.get(name)
        whole = name in _COUNTS
        is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if value is not None and (not is_number or value < 0):
            raise ValueError(f"{name} is a {'whole ' if whole else ''}number, 0 or more, not {value!r}")
    return Step(**step)
