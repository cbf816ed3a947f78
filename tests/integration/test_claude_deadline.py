"""The end of a call's time. The sockets are pairs: no network."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from model_router.adapters.claude.deadline import Deadline

LONG_SECONDS = 30.0


class Response:
    """What a deadline knows of a response: its connection, and that it can be closed."""

    def __init__(self) -> None:
        self.ours, self.claudes = socket.socketpair()
        self.ours.settimeout(LONG_SECONDS)
        self.extensions = {"network_stream": self}

    def get_extra_info(self, _: str) -> socket.socket:
        return self.ours

    def close(self) -> None:
        pass


@pytest.fixture
def responses() -> Iterator[list[Any]]:
    made = [Response(), Response()]
    yield made
    for response in made:
        response.ours.close()
        response.claudes.close()


def test_a_read_ends_when_the_time_is_over_though_a_later_end_is_watched_already(responses: list[Any]) -> None:
    long, short = responses
    with Deadline(long, time.monotonic() + LONG_SECONDS), Deadline(short, time.monotonic() + 0.02) as deadline:
        assert short.ours.recv(1) == b""
        assert deadline.over
        long.claudes.send(b"x")
        assert long.ours.recv(1) == b"x"


def test_an_answer_that_came_in_time_is_not_broken_off_later(responses: list[Any]) -> None:
    in_time, late = responses
    with Deadline(in_time, time.monotonic() + 0.02):
        pass
    with Deadline(late, time.monotonic() + 0.05):
        assert late.ours.recv(1) == b""
    in_time.claudes.send(b"x")
    assert in_time.ours.recv(1) == b"x"
