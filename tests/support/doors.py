"""RouterFunction's handler among fakes, in this process."""

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.domain.runs.kept_answer import KeptAnswer
from model_router.services.count_tokens import CountTokensService
from model_router.services.read_request import ReadRequestService
from model_router.services.request_path.bookkeeping import Bookkeeping
from model_router.services.route_request import RouteRequestService
from model_router.services.rules_source import RulesSource
from model_router.services.take_feedback import TakeFeedbackService
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeRulesStore, FakeTelemetry
from tests.support.samples import rule_parameters


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


class _Feedback:
    def put(self, *_: object) -> None:
        """No record of anybody's."""


class _EachTime:
    """Idempotency without a store."""

    def once(self, _: object, __: float, work: Callable[[Mapping[str, str]], KeptAnswer]) -> Any:
        return SimpleNamespace(answer=work({}))


class Doors:
    """Both doors; `bugs` are the exceptions that were none of the contract's."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.telemetry = _Telemetry()
        self.claude = _Claude(clock)
        self.ledger = FakeLedger()
        rules = RulesSource(FakeRulesStore(rule_parameters()), dict, packaged_catalog(), self.telemetry, clock, 1e9)
        books = Bookkeeping(self.ledger, self.telemetry)
        self.function = SimpleNamespace(
            settings=SimpleNamespace(door_timeout_seconds=29),
            rules=rules,
            route=RouteRequestService(rules, self.claude, books, self.telemetry, clock),
            requests=ReadRequestService(self.ledger, clock),
            count=CountTokensService(rules, self.claude, clock),
            feedback=TakeFeedbackService(_Feedback(), clock),
            idempotency=_EachTime(),
            models=self.claude,
            telemetry=self.telemetry,
            catalog_date="2026-11-22",
        )

    @property
    def bugs(self) -> list[BaseException]:
        return self.telemetry.bugs

    def handle(self, event: Any) -> Any:
        from model_router.entrypoints import router

        self.bugs.clear()
        self.telemetry.settled.clear()
        self.telemetry.events.clear()
        self.ledger.writes.clear()
        self.claude.calls.clear()
        with self._in_place():
            return router.handler(event, Context())

    @contextmanager
    def _in_place(self) -> Any:
        names = ("http_api", "invocation", "router")
        patches = [patch(f"model_router.entrypoints.{name}.router_function", lambda: self.function) for name in names]
        for one in patches:
            one.start()
        try:
            yield
        finally:
            for one in patches:
                one.stop()
