"""An answer of Claude's, read event by event."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import anthropic
import httpx2

from model_router.adapters.claude.deadline import Deadline
from model_router.adapters.claude.failures import passed_on, status_failure
from model_router.domain import json_codec
from model_router.domain.calls.ports import CallFailed, StreamEvent

_STANDIN_HEADER = "x-claude-standin"


class EventStream:
    """The `ClaudeStream` port over a response whose head has arrived."""

    def __init__(self, response: httpx2.Response, deadline: Deadline) -> None:
        self._response = response
        self._deadline = deadline
        self.request_id: str | None = response.headers.get("request-id")
        self.headers: Mapping[str, str] = passed_on(response)
        self.simulated = _STANDIN_HEADER in response.headers

    def events(self) -> Iterator[StreamEvent]:
        if not self._response.headers.get("content-type", "").startswith("text/event-stream"):
            raise CallFailed("unintelligible", "the answer is not an event stream", may_be_billed=True)
        for event in anthropic.Stream.raw_events(self._response):
            if self._deadline.over:
                raise CallFailed("timeout", "Claude did not finish in time", may_be_billed=True)
            if event.data:
                told = self._parsed(event.data)
                yield StreamEvent(event.event or str(told.get("type")), told, event.data)

    def _parsed(self, data: str) -> Mapping[str, Any]:
        try:
            told = json.loads(data, parse_float=json_codec.Written)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise CallFailed("unintelligible", "an event is not a JSON object", may_be_billed=True)
        if told.get("type") == "error":
            failure = status_failure(self._response, "", told)
            # The call was under way: nobody says that what came before the error is free.
            failure.may_be_billed = True
            raise failure
        return told
