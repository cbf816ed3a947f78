"""A `RouteRequestService` with budgets in memory and no validator functions."""

from collections.abc import Mapping
from typing import Any

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.calls.ports import Claude
from model_router.domain.ledger.ports import Ledger
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.validators.ports import AnswerChecks
from model_router.services.budgets.admission import BudgetAdmission
from model_router.services.request_path.answer_checks import CustomChecks
from model_router.services.request_path.ledger_writer import LedgerWriter
from model_router.services.route_request import RouteRequestService
from model_router.services.rules_source import RulesSource
from tests.support.budgets import FakeBudgets
from tests.support.fakes import FakeRulesStore, FakeSharedRules


class _NoFunctions:
    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        raise AssertionError(f"no rule names a function, and {function} was called")


def fake_rules(
    parameters: Mapping[str, str], telemetry: Telemetry, clock: Clock, *, ids_key: bytes = b""
) -> RulesSource:
    """A source of these rules, cached for a minute. Without a key, requests have no application and no session."""
    store = FakeRulesStore(dict(parameters))
    return RulesSource(store, dict, packaged_catalog(), telemetry, clock, 60, FakeSharedRules(), ids_key=ids_key)


def route_service(
    rules: RulesSource,
    claude: Claude,
    ledger: Ledger,
    telemetry: Telemetry,
    clock: Clock,
    *,
    budgets: BudgetAdmission | None = None,
    functions: AnswerChecks | None = None,
    **options: Any,
) -> RouteRequestService:
    """The service over fakes. Its randomness is zeros unless `randomness` says otherwise."""
    options.setdefault("randomness", bytes)
    return RouteRequestService(
        rules,
        claude,
        LedgerWriter(ledger, telemetry),
        telemetry,
        clock,
        budgets=budgets or BudgetAdmission(FakeBudgets(), telemetry, clock),
        checks=CustomChecks(functions or _NoFunctions(), clock, telemetry),
        **options,
    )
