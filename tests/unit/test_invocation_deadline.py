"""An invocation's deadline is one: what claiming its idempotency key takes is not given to the call again."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.doors import Doors
from tests.support.fakes import FakeClock

from model_router.entrypoints import invocation


@pytest.mark.parametrize(("claiming", "left"), [(0.0, 58.0), (3.0, 55.0), (100.0, 0.0)])
def test_a_slow_claim_leaves_the_call_less_time(claiming: float, left: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    doors, clock, given = Doors(), FakeClock(), []
    monkeypatch.setattr(invocation, "time", SimpleNamespace(monotonic=clock.monotonic))
    claim, route = doors.kept.storage.executions.claim, doors.function.route.route

    def slow_claim(*args: Any) -> Any:
        clock.sleep(claiming)
        return claim(*args)

    def routed(request: Any, seconds: float) -> Any:
        given.append(seconds)
        return route(request, 58.0)

    monkeypatch.setattr(doors.kept.storage.executions, "claim", slow_claim)
    monkeypatch.setattr(doors.function, "route", SimpleNamespace(route=routed))
    doors.handle({"prompt": "Classify: x", "idempotency_key": "k-1"})
    assert given == [left]
