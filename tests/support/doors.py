"""RouterFunction's handler among fakes, in this process."""

import json
import os
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from model_router.adapters.ledger.store import settlement
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.requests.feedback import Feedback
from model_router.services.count_tokens import CountTokensService
from model_router.services.jobs.accept_job import AcceptJobService
from model_router.services.jobs.execute_job import ExecuteJobService
from model_router.services.jobs.idempotency import Idempotency
from model_router.services.read_request import ReadRequestService
from model_router.services.take_feedback import TakeFeedbackService
from tests.support.fakes import NOON, FakeClaude, FakeClock, FakeLedger, FakeTelemetry
from tests.support.route_service import fake_rules, route_service
from tests.support.runs import FakeQueue, Kept
from tests.support.samples import rule_parameters

EVENTS = Path(__file__).parents[2] / "events"


class Context:
    """Lambda's, of its own runtime: it does not stream."""

    aws_request_id = "0b9c6f1e-0000-4000-8000-000000000000"
    function_name = "router"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class _Telemetry(FakeTelemetry):
    def __init__(self) -> None:
        super().__init__()
        self.bugs: list[BaseException] = []

    def bug(self, error: BaseException, _: str) -> None:
        self.bugs.append(error)

    def flush(self) -> None:
        """There is nothing to write."""


class _Claude(FakeClaude):
    def count_tokens(self, *_: object) -> Mapping[str, Any]:
        return {"input_tokens": 7}

    def list_models(self, _: float) -> list[Any]:
        return []


class _Ledger(FakeLedger):
    """Fails where DynamoDB's client would: on a key or a text that cannot be made or encoded."""

    def read(self, request_id: str) -> LedgerRecord | None:
        ledger_key(request_id)
        return super().read(request_id)

    def _write(self, kind: str, record: LedgerRecord) -> None:
        ledger_key(record.request_id)
        json.dumps(settlement(record).arguments(), ensure_ascii=False).encode()
        super()._write(kind, record)


class _Feedback:
    """Holds no record."""

    def put(self, feedback: Feedback, _: str) -> None:
        ledger_key(feedback.request_id)


def api_event(body: str | None, path: str = "/v1/messages", **changed: Any) -> dict[str, Any]:
    """A POST as API Gateway sends it."""
    sample: dict[str, Any] = json.loads((EVENTS / "apigw-messages.json").read_text())
    return {**sample, "path": path, "resource": path, "body": body, **changed}


def queue_event(body: str) -> dict[str, Any]:
    """A message of the jobs queue as Lambda delivers it, for the first time."""
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": str(int(NOON.timestamp() * 1000))}
    return {"Records": [{"messageId": "m-1", "receiptHandle": "r-1", "body": body, "attributes": attributes}]}


class Doors:
    """RouterFunction's handler over fakes that are as strict as what they stand for."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.telemetry = _Telemetry()
        self.kept = Kept(clock, self.telemetry)
        storage = self.kept.storage
        self.queue = FakeQueue()
        self.claude = _Claude(clock)
        self.ledger = _Ledger()
        rules = fake_rules(rule_parameters(), self.telemetry, clock)
        route = route_service(rules, self.claude, self.ledger, self.telemetry, clock, randomness=os.urandom)
        idempotency = Idempotency(storage)
        self.function = SimpleNamespace(
            settings=SimpleNamespace(gateway_timeout_seconds=29, jobs_deliveries=5, cors_allowed_origins=""),
            rules=rules,
            route=route,
            requests=ReadRequestService(self.ledger, clock),
            count=CountTokensService(rules, self.claude, clock),
            feedback=TakeFeedbackService(_Feedback(), clock),
            idempotency=idempotency,
            jobs=AcceptJobService(storage, self.queue),
            execute_job=ExecuteJobService(storage, route, idempotency, self.ledger),
            job_queue=self.queue,
            models=self.claude,
            telemetry=self.telemetry,
            catalog_date="2026-11-22",
        )

    @property
    def bugs(self) -> list[object]:
        """Exceptions that the contract does not name, and what was caught and only reported."""
        reported = [event for name in ("Bugs", "LedgerWriteFailed") for event in self.telemetry.named(name)]
        return [*self.telemetry.bugs, *reported]

    def handle(self, event: Any) -> Any:
        from model_router.entrypoints import router

        self.telemetry.bugs.clear()
        self.telemetry.settled.clear()
        self.telemetry.events.clear()
        self.ledger.writes.clear()
        self.claude.calls.clear()
        with self._in_place():
            return router.handler(event, Context())

    @contextmanager
    def _in_place(self) -> Any:
        names = ("http.routes", "invocation", "job_queue", "router")
        patches = [patch(f"model_router.entrypoints.{name}.router_function", lambda: self.function) for name in names]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()
