"""An unstreamed answer as the events of a stream. Claude refuses to stream if `max_tokens` is 0."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

from model_router.adapters.claude.event_stream import STANDIN_HEADER
from model_router.adapters.claude.failures import forwarded_headers, request_id
from model_router.domain import json_codec
from model_router.domain.calls.ports import CallFailed, StreamEvent

_END = ("stop_reason", "stop_sequence", "stop_details")


class WholeAnswer:
    """The `ClaudeStream` port over a response whose head has arrived."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.request_id: str | None = request_id(response)
        self.headers: Mapping[str, str] = forwarded_headers(response)
        self.simulated = STANDIN_HEADER in response.headers

    def events(self) -> Iterator[StreamEvent]:
        """The message's start and end. There is no content, since `max_tokens` is 0. Raises CallFailed."""
        message = self._message()
        end = {"delta": {name: message.get(name) for name in _END}, "usage": message["usage"]}
        yield _event("message_start", {"message": message})
        yield _event("message_delta", end)
        yield _event("message_stop", {})

    def _message(self) -> dict[str, Any]:
        try:
            message = json.loads(self._response.read(), parse_float=json_codec.Written)
        except (ValueError, RecursionError, ArithmeticError):
            message = None
        if not isinstance(message, dict) or message.get("type") != "message" or "usage" not in message:
            raise CallFailed("unintelligible", "the answer is not a message", may_be_billed=True)
        return message


def _event(name: str, fields: Mapping[str, Any]) -> StreamEvent:
    data = {"type": name, **fields}
    return StreamEvent(name, data, json_codec.dumps(data))
