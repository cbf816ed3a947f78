"""The rule of an application: its name, and what differs from the rules of all others (`applications/<id>`)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from model_router.domain.inputs import Legible
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.effort_rules import EffortByTier
from model_router.domain.routing.routing_rules import Name
from model_router.domain.strict_model import Strict

MAX_APPLICATIONS = 500

APPLICATION_ID = r"^app_[0-9a-f]{16}$"
ApplicationId = Annotated[str, Field(pattern=APPLICATION_ID)]


class ApplicationRule(Strict):
    """What an operator says of one application. A request's own task and tier limits come first."""

    name: Annotated[str, Field(min_length=1, max_length=100), Legible]
    task: Name | None = None
    min_tier: Name | None = None
    max_tier: Name | None = None
    #: Checked in addition to those of the task.
    validators: Annotated[list[dict[str, object]], Field(max_length=20)] = []
    baseline: Name | None = None
    effort: EffortByTier = {}

    def described(self) -> str:
        return f"application {self.name}"

    def tiers(self) -> list[tuple[str, str]]:
        """(field, tier) of each tier that it names."""
        named = (("min_tier", self.min_tier), ("max_tier", self.max_tier), ("baseline", self.baseline))
        efforts = [("effort", tier) for tier in self.effort]
        return [(field, tier) for field, tier in named if tier is not None] + efforts


def under_rule(request: RouteRequest, application: str, rule: ApplicationRule, rank: Mapping[str, int]) -> RouteRequest:
    """The request with the tier limits of its application's rule. A limit of the request's own moves the rule's."""
    low, high = request.min_tier or rule.min_tier, request.max_tier or rule.max_tier
    if low and high and rank[low] > rank[high]:
        low, high = (low, low) if request.min_tier else (high, high)
    return replace(request, application=application, min_tier=low, max_tier=high)
