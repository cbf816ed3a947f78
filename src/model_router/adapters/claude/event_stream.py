"""An answer of Claude's, read event by event."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from model_router.adapters.claude.failures import passed_on, request_id, status_failure
from model_router.adapters.claude.gate import Gate
from model_router.adapters.claude.server_sent_events import EventTooLong, ServerSentEvent, events_in
from model_router.domain import json_codec
from model_router.domain.calls.ports import CallFailed, StreamEvent

STANDIN_HEADER = "x-claude-standin"
_STOP_SECONDS = 5.0
"""How long `message_stop` is waited for once the answer has said how it ended. Without it the answer is as whole."""
_END_SECONDS = 0.02
"""How long the end of the response is waited for after `message_stop`, so that the connection can be used again."""


class EventStream:
    """The `ClaudeStream` port over a response whose head has arrived."""

    def __init__(self, response: httpx2.Response, gate: Gate) -> None:
        self._response = response
        self._gate = gate
        self.request_id: str | None = request_id(response)
        self.headers: Mapping[str, str] = passed_on(response)
        self.simulated = STANDIN_HEADER in response.headers

    def events(self) -> Iterator[StreamEvent]:
        """Each event up to `message_stop`, which ends the answer whatever follows it."""
        if not self._response.headers.get("content-type", "").startswith("text/event-stream"):
            raise CallFailed("unintelligible", "the answer is not an event stream", may_be_billed=True)
        try:
            yield from self._up_to_the_stop(events_in(self._response.iter_bytes()))
        except UnicodeDecodeError:
            raise CallFailed("unintelligible", "the answer is not UTF-8", may_be_billed=True) from None
        except EventTooLong:
            raise CallFailed("unintelligible", "an event is too long", may_be_billed=True) from None

    def _up_to_the_stop(self, server_sent: Iterator[ServerSentEvent]) -> Iterator[StreamEvent]:
        for event in server_sent:
            told = self._parsed(event.data)
            kind = told.get("type")
            if kind == "message_delta" and _says_how_it_ended(told):
                self._gate.ends = min(self._gate.ends, time.monotonic() + _STOP_SECONDS)
            yield StreamEvent(event.name or str(kind), told, event.data)
            if kind == "message_stop":
                self._read_to_the_end(server_sent)
                return

    def _read_to_the_end(self, server_sent: Iterator[object]) -> None:
        """What a connection still holds of an answer keeps it from being used again; one that stays open is closed."""
        self._gate.ends = min(self._gate.ends, time.monotonic() + _END_SECONDS)
        with suppress(httpx2.HTTPError, ValueError):
            for _ in server_sent:
                pass

    def _parsed(self, data: str) -> Mapping[str, Any]:
        try:
            told = json.loads(data, parse_float=json_codec.Written)
        except (ValueError, RecursionError, ArithmeticError):
            told = None
        if not isinstance(told, dict):
            raise CallFailed("unintelligible", "an event is not a JSON object", may_be_billed=True)
        if told.get("type") == "error":
            failure = status_failure(self._response, "", told)
            # The call was under way: nobody says that what came before the error is free.
            failure.may_be_billed = True
            raise failure
        return told


def _says_how_it_ended(message_delta: Mapping[str, Any]) -> bool:
    delta = message_delta.get("delta")
    return isinstance(delta, dict) and bool(delta.get("stop_reason"))
