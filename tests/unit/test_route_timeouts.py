"""No route's work outlives what API Gateway waits for that route."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from tests.support.doors import Context, Doors, api_event


class Minutes(Context):
    """A function that may run for 15 minutes."""

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


def test_a_count_ends_before_the_gateway_gives_up_though_answers_may_take_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from model_router.entrypoints.http.routes import BUFFERED_SECONDS

    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    given: list[float] = []

    def count(_: Any, seconds: float) -> Any:
        given.append(seconds)
        return SimpleNamespace(answer={"input_tokens": 1}, tier="haiku", model="m")

    doors = Doors()
    doors.function.settings.gateway_timeout_seconds = 900
    doors.function.count = SimpleNamespace(count=count)
    body = '{"model": "auto", "messages": [{"role": "user", "content": "Hi"}]}'
    with patch("tests.support.doors.Context", Minutes):
        answer = doors.handle(api_event(body, "/v1/messages/count_tokens"))
    assert answer["statusCode"] == 200
    assert 20 < given[0] < BUFFERED_SECONDS
