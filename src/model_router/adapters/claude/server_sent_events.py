"""Decodes server-sent events in linear time, for any sizes of pieces, lines and events.

The SDK's decoder is quadratic: it copies the event so far with every line and every piece.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_EVENT_BYTES = 32 * 1024 * 1024
"""The size of the largest request that the Claude API accepts. A function's memory holds a few of them."""


class EventTooLong(ValueError):
    """An event is longer than MAX_EVENT_BYTES."""


class ServerSentEvent(NamedTuple):
    """An event with data. `name` is empty if the stream gives none."""

    name: str
    data: str


def events_in(pieces: Iterable[bytes]) -> Iterator[ServerSentEvent]:
    """The events of a response's body, except those without data and a last event that is cut off.

    Raises EventTooLong, and UnicodeDecodeError for a line that is not UTF-8.
    """
    name, data, size = "", list[str](), 0
    for line in _lines(pieces):
        if line:
            size += len(line)
            if size > MAX_EVENT_BYTES:
                raise EventTooLong
            field, _, value = line.decode().partition(":")
            if field == "data":
                data.append(value.removeprefix(" "))
            elif field == "event":
                name = value.removeprefix(" ")
        else:
            if text := "\n".join(data):
                yield ServerSentEvent(name, text)
            name, data, size = "", [], 0


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Each complete line without its end, which is a line feed, a carriage return, or both."""
    incomplete = bytearray()
    after_return = False
    for piece in filter(None, pieces):
        lines = piece.splitlines(keepends=True)
        if after_return and lines[0] == b"\n":
            del lines[0]
        after_return = piece.endswith(b"\r")
        for line in lines:
            incomplete += line
            if line.endswith((b"\n", b"\r")):
                yield bytes(incomplete.rstrip(b"\r\n"))
                incomplete.clear()
        if len(incomplete) > MAX_EVENT_BYTES:
            raise EventTooLong
