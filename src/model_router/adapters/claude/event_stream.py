"""Reads a streamed answer event by event."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import httpx2

from model_router.adapters.claude.failures import forwarded_headers, request_id, status_failure
from model_router.adapters.claude.gate import Gate
from model_router.adapters.claude.server_sent_events import EventTooLong, ServerSentEvent, events_in
from model_router.domain import json_codec
from model_router.domain.calls.ports import CallFailed, StreamEvent

STANDIN_HEADER = "x-claude-standin"
_STOP_SECONDS = 5.0
"""How long to wait for `message_stop` after the stop reason. The answer is complete without it."""
_END_SECONDS = 0.02
"""How long to wait for the end of the response after `message_stop`, so that the connection can be reused."""


class EventStream:
    """The `ClaudeStream` port over a response whose head has arrived."""

    def __init__(self, response: httpx2.Response, gate: Gate) -> None:
        self._response = response
        self._gate = gate
        self.request_id: str | None = request_id(response)
        self.headers: Mapping[str, str] = forwarded_headers(response)
        self.simulated = STANDIN_HEADER in response.headers

    def events(self) -> Iterator[StreamEvent]:
        """The events up to `message_stop`. Anything after it is ignored. Raises CallFailed."""
        if not self._response.headers.get("content-type", "").startswith("text/event-stream"):
            raise CallFailed("unintelligible", "the answer is not an event stream", may_be_billed=True)
        try:
            yield from self._until_stop(events_in(self._response.iter_bytes()))
        except UnicodeDecodeError:
            raise CallFailed("unintelligible", "the answer is not UTF-8", may_be_billed=True) from None
        except EventTooLong:
            raise CallFailed("unintelligible", "an event is too long", may_be_billed=True) from None

    def _until_stop(self, server_sent: Iterator[ServerSentEvent]) -> Iterator[StreamEvent]:
        for event in server_sent:
            data = self._parse(event.data)
            kind = data.get("type")
            if kind == "message_delta" and _has_stop_reason(data):
                self._gate.ends = min(self._gate.ends, time.monotonic() + _STOP_SECONDS)
            yield StreamEvent(event.name or str(kind), data, event.data)
            if kind == "message_stop":
                self._drain(server_sent)
                return

    def _drain(self, server_sent: Iterator[object]) -> None:
        """Reads the rest of the response, because a connection with unread bytes cannot be reused."""
        self._gate.ends = min(self._gate.ends, time.monotonic() + _END_SECONDS)
        with suppress(httpx2.HTTPError, ValueError):
            for _ in server_sent:
                pass

    def _parse(self, text: str) -> Mapping[str, Any]:
        try:
            data = json.loads(text, parse_float=json_codec.Written)
        except (ValueError, RecursionError, ArithmeticError):
            data = None
        if not isinstance(data, dict):
            raise CallFailed("unintelligible", "an event is not a JSON object", may_be_billed=True)
        if data.get("type") == "error":
            failure = status_failure(self._response, "", data)
            # Anthropic does not say that the part before the error is free.
            failure.may_be_billed = True
            raise failure
        return data


def _has_stop_reason(message_delta: Mapping[str, Any]) -> bool:
    delta = message_delta.get("delta")
    return isinstance(delta, dict) and bool(delta.get("stop_reason"))
