"""Which tier can serve a request: the proposed one, otherwise the nearest that can."""

from dataclasses import dataclass
from typing import Self

from model_router.domain.errors import InvalidRequest
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.fit import ModelLimits, Needs, Obstacle, obstacle
from model_router.domain.routing.policy import Policy


class NoTierFits(InvalidRequest):
    """None of the tiers that the request allows can serve it."""


@dataclass(slots=True)
class TierFit:
    """What keeps each tier from serving one request."""

    policy: Policy
    request: RouteRequest
    needs: Needs
    #: By tier; a tier that can serve the request has none.
    obstacles: dict[str, Obstacle]

    @classmethod
    def of(cls, policy: Policy, request: RouteRequest, size: InputSize) -> Self:
        """NoTierFits if `max_tokens` exceeds the limits of all tiers."""
        needs = Needs.of(request.body, size)
        if needs.max_tokens > (limit := policy.most_output_tokens):
            raise NoTierFits(f"max_tokens: {needs.max_tokens} exceeds the largest limit of any tier, {limit} tokens.")
        if policy.common_limits.allow(needs):
            return cls(policy, request, needs, {})
        problems = {tier: obstacle(limits, needs) for tier, limits in policy.limits.items()}
        return cls(policy, request, needs, {tier: problem for tier, problem in problems.items() if problem is not None})

    @property
    def unfit(self) -> frozenset[str]:
        """The tiers that cannot serve the request."""
        return frozenset(self.obstacles)

    def nearest(self, tier: str, reasons: list[str]) -> str:
        """The first tier from `tier` upwards that can serve the request, otherwise the first one downwards.

        If no tier certainly can, it is the highest allowed tier that Claude may accept the request on: the estimate may
        be wrong, and a refusal costs nothing. NoTierFits if every allowed tier would refuse it.
        """
        start, last_resort = tier, None
        while problem := self.obstacles.get(tier):
            last_resort = last_resort if problem.certain else tier
            higher = self.policy.next_tier_up(tier)
            if higher is not None and tier != self.request.max_tier:
                reasons.append(f"{problem.reason}: raised to {higher}")
                tier = higher
                continue
            if last_resort is None:
                reasons.append(problem.reason)
                return self._nearest_below(start, reasons, problem.error_code)
            reasons.append(f"{problem.reason}, and no higher tier is allowed")
            return last_resort
        return tier

    def _nearest_below(self, tier: str, reasons: list[str], error_code: str | None) -> str:
        """The first lower tier that can serve the request: older models support features that newer ones lack."""
        rank = self.policy.rank
        lowest = rank[self.request.min_tier] if self.request.min_tier else 0
        for lower in reversed(list(rank)[lowest : rank[tier]]):
            if lower not in self.obstacles:
                reasons.append(f"{lower} is the highest tier that supports it")
                return lower
        raise NoTierFits(self._no_tier_message(reasons), details={"error_code": error_code} if error_code else None)

    def _no_tier_message(self, reasons: list[str]) -> str:
        catalog = self.policy.catalog
        margin = self.policy.rules.routing.estimate_margin_percent
        able = []
        for name in catalog.served():
            problem = obstacle(ModelLimits.of(catalog, name, margin), self.needs)
            if not catalog.models[name].verified_only and not (problem and problem.certain):
                able.append(name)
        advice = f" Models that can serve it if requested by name: {', '.join(able)}." if able else ""
        return f"No tier that this request allows can serve it: {'; '.join(reasons)}.{advice}"


def can_serve(policy: Policy, request: RouteRequest, tier: str) -> bool:
    """Whether a tier can serve a request."""
    return obstacle(policy.limits[tier], Needs.of(request.body, InputSize.of(request.body))) is None
