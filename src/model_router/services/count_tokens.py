"""Counts a request's input tokens on the model that it would be routed to. Free, and not recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from model_router.domain.calls.failures import error_for
from model_router.domain.calls.ports import CallFailed, TokenCounter
from model_router.domain.errors import DeadlineExceeded
from model_router.domain.ports import Clock
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.draft import Target
from model_router.domain.routing.history import is_refused_thinking
from model_router.services.rules_source import RulesSource


@dataclass(frozen=True, slots=True)
class Counted:
    """Claude's answer, and the tier and model that counted."""

    answer: Mapping[str, Any]
    tier: str
    model: str


@dataclass(slots=True, eq=False)
class CountTokensService:
    rules: RulesSource
    counter: TokenCounter
    clock: Clock

    def count(self, request: RouteRequest, seconds: float) -> Counted:
        """Counts within `seconds`. Never falls back, since another model counts differently. Raises a RouterError."""
        ends = self.clock.monotonic() + seconds
        policy = self.rules.current()
        decision = decide(policy, request)
        target = None
        if decision.arm != "pinned":
            target = Target.of(policy.catalog, decision.model, request, self.clock.now())
        try:
            try:
                answer = self._ask(request, decision, target, ends)
            except CallFailed as failure:
                if failure.kind != "rejected" or target is None or not is_refused_thinking(failure.message):
                    raise
                answer = self._ask(request, decision, replace(target, without_thinking=True), ends)
        except CallFailed as failure:
            raise error_for(failure) from None
        return Counted(answer, decision.tier, decision.model)

    def _ask(self, request: RouteRequest, decision: Decision, target: Target | None, ends: float) -> Mapping[str, Any]:
        """Counts the body adapted to `target`, or unchanged if that is None."""
        left = ends - self.clock.monotonic()
        if left <= 0:
            raise DeadlineExceeded("The request's time was over before Claude could be called.")
        if target is None:
            return self.counter.count_tokens({**request.body, "model": decision.model}, request.api_headers, left)
        adapted = adapt(request.body, target)
        return self.counter.count_tokens(adapted.body, request.headers_with(adapted.betas), left)
