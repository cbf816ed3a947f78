"""A Claude that answers every call with the events that it was given."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from model_router.domain.answers.result import Routed
from model_router.domain.calls.ports import ClaudeCall, StreamEvent
from model_router.domain.errors import RouterError
from model_router.domain.json_codec import dumps
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.requests.request import RouteRequest
from tests.support.fakes import FakeClock, FakeLedger, FakeTelemetry
from tests.support.presets import DEFAULT
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import merged_over


class ReplayingClaude:
    """The `Claude` port and its stream in one."""

    def __init__(self, events: Sequence[Mapping[str, Any]]) -> None:
        self._events = events
        self.request_id: str | None = "req_upstream"
        self.headers: Mapping[str, str] = {}
        self.simulated = False

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator["ReplayingClaude"]:
        call.before_bytes()
        yield self

    def events(self) -> Iterator[StreamEvent]:
        for event in self._events:
            yield StreamEvent(str(event["type"]), event, dumps(event))


def routed(
    events: Sequence[Mapping[str, Any]], request: RouteRequest, **changed: Mapping[str, Any] | None
) -> tuple[Routed, LedgerRecord]:
    """The answer to a request that Claude answers with these events, and the record as it is settled.

    `changed`: rules, as `samples.rule_parameters` takes them.
    """
    answer, record = routed_or_refused(events, request, **changed)
    assert answer is not None
    return answer, record


def routed_or_refused(
    events: Sequence[Mapping[str, Any]], request: RouteRequest, **changed: Mapping[str, Any] | None
) -> tuple[Routed | None, LedgerRecord]:
    """The same; no answer where the router gives an error of its own. Any other error is raised."""
    clock, ledger, telemetry = FakeClock(), FakeLedger(), FakeTelemetry()
    rules = fake_rules(merged_over(DEFAULT.parameters(), changed), telemetry, clock)
    claude = ReplayingClaude(events)
    service = route_service(rules, claude, ledger, telemetry, clock)
    answer = None
    with suppress(RouterError):
        answer = service.route(request, 27)
    [record] = [record for kind, record in ledger.writes if kind == "settle"]
    return answer, record
