"""A stream of the Messages API as it was sent: server-sent events, of one answer or of several after each other."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from router_cli.call_logs.json_values import LONGEST, NotReadable

_DATA = b"data:"
_LAST = ("message_stop", "error")


def is_event_stream(first: bytes) -> bool:
    """Whether a file that begins like this holds server-sent events."""
    return first.startswith((_DATA, b"event:"))


def messages_in(file: BinaryIO) -> Iterator[tuple[int, Any]]:
    """(line of its last event, `{"events": […]}`) of each answer."""
    number = size = 0
    events: list[Any] = []
    while line := file.readline(LONGEST):
        number += 1
        if not line.startswith(_DATA):
            continue
        size += len(line)
        try:
            event = json.loads(line[len(_DATA) :])
        except (ValueError, RecursionError):
            event = None
        if event is None or size > LONGEST:
            yield number, NotReadable("is not a stream of the Messages API")
            events, size = [], 0
            continue
        events.append(event)
        if isinstance(event, dict) and event.get("type") in _LAST:
            yield number, {"events": events}
            events, size = [], 0
    if events:
        yield number, {"events": events}
