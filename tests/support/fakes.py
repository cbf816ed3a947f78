"""Fakes of the ports: what a service is tested with instead of AWS and Claude."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from model_router.domain.calls.ports import CallFailed, ClaudeCall, StreamEvent
from model_router.domain.ledger.measures import Measure
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.metric_names import Dimension
from model_router.domain.routing.ports import EditedRules, RulesUnavailable, SharedRules, SharedRulesUnavailable

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class FakeClock:
    """A clock that moves only when a test advances it."""

    def __init__(self, now: datetime = NOON) -> None:
        self._start = now
        self.elapsed = 0.0
        self.worked = 0.0
        self._later: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    def processor(self) -> float:
        return self.worked

    def after(self, seconds: float, happens: Callable[[], None]) -> None:
        """Something that happens while the code under test sleeps."""
        self._later.append((self.elapsed + seconds, happens))

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds
        for due in [entry for entry in self._later if entry[0] <= self.elapsed]:
            self._later.remove(due)
            due[1]()


class FakeTelemetry:
    def __init__(self) -> None:
        self.settled: list[LedgerRecord] = []
        self.events: list[tuple[str, dict[str, object]]] = []
        self.measured: list[Measure] = []

    def request_settled(self, record: LedgerRecord) -> None:
        self.settled.append(record)

    def event(self, name: str, **details: object) -> None:
        self.events.append((name, details))

    def measure(self, name: str, value: float, dimension: tuple[Dimension, str] | None = None) -> None:
        self.measured.append(Measure(name, value, dimension))

    def named(self, name: str) -> list[dict[str, object]]:
        return [details for known, details in self.events if known == name]


class FakeLedger:
    """Keeps every write in order. `broken`: refuses them all."""

    def __init__(self) -> None:
        self.writes: list[tuple[str, LedgerRecord]] = []
        #: Written only where the settlement is slow to follow.
        self.outcomes: list[LedgerRecord] = []
        self.broken = False

    def add_intent(self, record: LedgerRecord) -> None:
        self._write("intent", record)

    def add_outcome(self, record: LedgerRecord) -> None:
        self.outcomes.append(record)

    def settle(self, record: LedgerRecord) -> None:
        self._write("settle", record)

    def read(self, request_id: str) -> LedgerRecord | None:
        records = [record for _, record in self.writes if record.request_id == request_id]
        return records[-1] if records else None

    def _write(self, kind: str, record: LedgerRecord) -> None:
        if self.broken:
            raise LedgerUnavailable("UpdateItem: InternalServerError")
        self.writes.append((kind, record))


@dataclass(slots=True)
class Reply:
    """What the fake Claude answers a call with: a text and its usage, or a failure."""

    text: str = "ok"
    usage: Mapping[str, object] = field(default_factory=lambda: {"input_tokens": 100, "output_tokens": 10})
    stop_reason: str = "end_turn"
    failure: CallFailed | None = None
    #: The failure comes after so many events, not at once.
    after_events: int = 0
    seconds: float = 0.5
    content: list[dict[str, Any]] | None = None
    stop_details: Mapping[str, object] | None = None
    #: Usage fields that only the last event has.
    last_usage: Mapping[str, object] = field(default_factory=dict)


class FakeClaude:
    """Answers calls in order with the replies it was given, the last one for ever."""

    def __init__(self, clock: FakeClock, *replies: Reply) -> None:
        self._clock = clock
        self._replies = list(replies) or [Reply()]
        self.calls: list[ClaudeCall] = []
        self.as_bytes_go_out: Callable[[], None] = lambda: None
        #: What calls of a model are answered with, whatever their order.
        self.by_model: dict[str, Reply] = {}

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator["FakeStream"]:
        reply = self.by_model.get(str(call.body["model"])) or self._next()
        call.before_bytes()
        self.as_bytes_go_out()
        self.calls.append(call)
        self._clock.elapsed += reply.seconds
        if reply.failure is not None and not reply.after_events:
            raise reply.failure
        yield FakeStream(reply, str(call.body["model"]), len(self.calls))

    def _next(self) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]


class FakeStream:
    simulated = False

    def __init__(self, reply: Reply, model: str, number: int) -> None:
        self._reply = reply
        self._model = model
        self.request_id: str | None = f"req_upstream_{number}"
        self.headers: Mapping[str, str] = {"anthropic-ratelimit-requests-remaining": "99"}

    def events(self) -> Iterator[StreamEvent]:
        for number, event in enumerate(message_events(self._reply, self._model)):
            if self._reply.failure is not None and number >= self._reply.after_events:
                raise self._reply.failure
            yield StreamEvent(event["type"], event, json.dumps(event))


def message_events(reply: Reply, model: str) -> list[dict[str, Any]]:
    """The events of a streamed answer, as the Messages API sends them."""
    blocks = [{"type": "text", "text": reply.text}] if reply.content is None else reply.content
    started = {**reply.usage, "output_tokens": 1}
    message: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": started,
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(blocks):
        empty = {**block, "text": ""} if block["type"] == "text" else block
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        if block["type"] == "text":
            delta = {"type": "text_delta", "text": block["text"]}
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    delta = {"stop_reason": reply.stop_reason, "stop_sequence": None, "stop_details": reply.stop_details}
    usage = {"output_tokens": reply.usage.get("output_tokens", 0), **reply.last_usage}
    events.append({"type": "message_delta", "delta": delta, "usage": usage})
    events.append({"type": "message_stop"})
    return events


class FakeRulesStore:
    """Parameters in memory. `unavailable`: reads fail."""

    def __init__(self, parameters: Mapping[str, str] | None = None) -> None:
        self.parameters = dict(parameters or {})
        self.unavailable = False
        self.reads = 0
        self.changed_at: datetime | None = None

    def read_set(self) -> Mapping[str, str]:
        return self.read_edited().parameters

    def read_edited(self) -> EditedRules:
        self.reads += 1
        if self.unavailable:
            raise RulesUnavailable("GetParametersByPath: ThrottlingException")
        return EditedRules(dict(self.parameters), self.changed_at)


class FakeSharedRules:
    """The shared object in memory. `unavailable`: reads and writes fail."""

    def __init__(self) -> None:
        self.content: SharedRules | None = None
        self.unavailable = False
        self.reads = 0
        self.writes = 0

    def read(self) -> SharedRules | None:
        self.reads += 1
        self._check("GetObject")
        return self.content

    def replace(self, rules: SharedRules, tag: str | None) -> str | None:
        self._check("PutObject")
        if tag != (self.content.tag if self.content else None):
            return None
        self.writes += 1
        self.content = replace(rules, tag=f"version {self.writes}")
        return self.content.tag

    def _check(self, operation: str) -> None:
        if self.unavailable:
            raise SharedRulesUnavailable(f"{operation}: ServiceUnavailable")
