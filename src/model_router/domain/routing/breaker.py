"""Circuit breakers: remember which models keep failing, so that requests avoid them. Pure; docs/decisions/0030.

    closed ── enough failures in a row ──▶ open ── the rule's seconds pass ──▶ the next call is a trial
      ▲                                     ▲                                    │
      └── answered ◀────────────────────────┼────────────────────────────────────┤
                                            └── failed ◀─────────────────────────┘

A breaker refuses no request; it names the tiers to avoid. If no other tier can serve a request, the call is made.
Models that share a rate limit are avoided together while it is exhausted.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from model_router.domain.routing.fallback import FailedCall
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.routing_rules import BreakerRule

MOST_SECONDS = 300.0
"""The longest time for which a `retry-after` keeps a family's circuit open."""

_OF_THE_MODEL = ("overloaded", "server_error")
_REFUSALS = ("rejected", "too_long")
"""The model answered: it refused the request."""


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    open_until: datetime | None = None


@dataclass(slots=True)
class Breaker:
    """One per instance of the function, in memory. It uses wall-clock time: an instance may be frozen for hours."""

    _circuits: dict[str, _Circuit] = field(default_factory=dict)

    def record(self, policy: Policy, model: str, failure: FailedCall | None, no_response: bool, now: datetime) -> bool:
        """Records the outcome of a call (`failure` is None if it was answered). Returns whether a circuit opened.

        `no_response` means that not even a response's head arrived.
        """
        if model not in policy.catalog.ids:
            return False  # no tier uses it, and callers could fill the memory with made-up names
        model, family = policy.catalog.ids[model], _family(policy, model)
        if failure is None or failure.kind in _REFUSALS:
            self._circuits.pop(model, None)
            self._circuits.pop(family, None)
            return False
        rule = policy.rules.routing.fallback.breaker
        if failure.kind == "rate_limit":
            return self._failed(family, rule, failure.retry_after, now)
        if failure.kind in _OF_THE_MODEL or (failure.kind == "timeout" and failure.unknown and no_response):
            return self._failed(model, rule, None, now)
        return False

    def open_tiers(self, policy: Policy, now: datetime) -> frozenset[str]:
        """The tiers to avoid now."""
        if not self._circuits:
            return frozenset()
        models = {tier: policy.catalog.ids[policy.rules.model_of(tier)] for tier in policy.rank}
        return frozenset(
            tier
            for tier, model in models.items()
            if self._is_open(model, now) or self._is_open(_family(policy, model), now)
        )

    def _failed(self, name: str, rule: BreakerRule, retry_after: float | None, now: datetime) -> bool:
        circuit = self._circuits.setdefault(name, _Circuit())
        circuit.failures += 1
        if not rule.failures or circuit.failures < rule.failures:
            return False
        seconds = rule.seconds if retry_after is None else min(retry_after, MOST_SECONDS)
        was_open = self._is_open(name, now)
        circuit.open_until = now + timedelta(seconds=seconds)
        return not was_open

    def _is_open(self, name: str, now: datetime) -> bool:
        circuit = self._circuits.get(name)
        return circuit is not None and circuit.open_until is not None and now < circuit.open_until


def _family(policy: Policy, model: str) -> str:
    return f"family {policy.catalog.card(model).rate_limit_family}"
