"""Claude's stream is decoded as the SDK decodes it, however it is cut into pieces."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from anthropic._streaming import SSEDecoder
from hypothesis import given
from hypothesis import strategies as st

from model_router.adapters.claude import server_sent_events
from model_router.adapters.claude.server_sent_events import EventTooLong, events_in

#: What the format gives a meaning, what it does not, and characters that only text lines end with.
PIECES = ["data", "event", "id", "retry", ":", " ", "\n", "\r", "\r\n", "\n\n", "data: {}", "é", "\u2028", "\x0b", "1"]
lines = st.sampled_from(["data: {}", "data:", "data", "event: ping", "event:", "id: 1", "retry: 1", ": c", "x: y", ""])
ends = st.sampled_from(["\n", "\r", "\r\n"])
streams = st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.lists(
    st.tuples(lines, ends).map("".join), max_size=20
).map("".join)


def in_pieces(stream: bytes, cuts: set[int]) -> Iterator[bytes]:
    """Some pieces are empty."""
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in pairwise(places):
        yield stream[start:end]


@given(streams, st.sets(st.integers(0, 400)))
def test_a_stream_is_decoded_as_the_sdk_decodes_it(stream: str, cuts: set[int]) -> None:
    data = stream.encode()
    theirs = [(event.event or "", event.data) for event in SSEDecoder().iter_bytes(in_pieces(data, cuts)) if event.data]
    assert list(events_in(in_pieces(data, cuts))) == theirs


@pytest.mark.parametrize("end", [b"\n\n", b"\r\r", b"\r\n\r\n"])
def test_an_event_is_returned_as_soon_as_its_last_byte_has_arrived(end: bytes) -> None:
    come: list[int] = []

    def bytes_one_by_one() -> Iterator[bytes]:
        for byte in b"data: 1" + end:
            come.append(byte)
            yield bytes([byte])

    assert next(events_in(bytes_one_by_one())).data == "1"
    # The line feed of the last line's end does not have to be waited for.
    assert len(come) >= len(b"data: 1" + end) - 1


def test_an_event_of_one_long_line_or_of_many_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_sent_events, "MAX_EVENT_BYTES", 100)
    for event in (b"data: " + b"1" * 94, b"data: 1\n" * 14):
        assert list(events_in([event, b"\n\n", event, b"\n\n"]))
        for excess in (b"1" * 7, b"data: 1\n"):
            with pytest.raises(EventTooLong):
                list(events_in([event, excess, b"\n\n"]))
            with pytest.raises(EventTooLong):
                list(events_in(bytes([byte]) for byte in event + excess + b"\n\n"))
