"""What happens after an answer that failed a check: the next tier up, or the answer as it is. Pure."""

from dataclasses import dataclass

from model_router.domain.routing.policy import Policy


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands after an attempt. Seconds; None for `max_tier` and `min_tier`: no limit was set."""

    tier: str
    #: Only a routed request moves: a pinned one is one attempt, and the control arm is measured as it is.
    routed: bool
    may_fall_back: bool
    escalations: int
    fallbacks: int
    seconds_left: float
    last_attempt_seconds: float
    max_tier: str | None
    #: Tiers that cannot take the request at all: they are passed over.
    unfit: frozenset[str] = frozenset()
    min_tier: str | None = None
    retries: int = 0
    #: Calls of this request that have failed so far, the last one included.
    failed_calls: int = 1
    #: Tiers whose rate-limit family has no room, as this request has been told.
    no_room: frozenset[str] = frozenset()
    #: Tiers whose model keeps failing: they are asked only where no other can be.
    shut: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """The tier to go on with, after so many seconds; None: no further attempt. And in words why."""

    tier: str | None
    why: str
    wait_seconds: float = 0.0


def after_failed_check(policy: Policy, standing: Standing) -> Step:
    """A validator failed: one tier up, while tiers, the rules and the time allow."""
    limits = policy.rules.routing.escalation
    if not standing.routed:
        return Step(None, "only routed requests escalate")
    if standing.escalations >= limits.max_escalations:
        return Step(None, f"max_escalations is {limits.max_escalations}")
    needed = max(limits.min_seconds_left, standing.last_attempt_seconds)
    if standing.seconds_left < needed:
        return Step(None, f"{standing.seconds_left:.0f} s left are too few for a further attempt")
    higher = tiers_up(policy, standing)
    if not higher:
        return Step(None, nothing_above(policy, standing))
    closed = standing.no_room | standing.shut
    return Step(next((tier for tier in higher if tier not in closed), higher[0]), "a check failed")


def tiers_up(policy: Policy, standing: Standing) -> list[str]:
    """The tiers above that can take the request, up to `max_tier`, the nearest first."""
    found: list[str] = []
    tier = standing.tier
    while tier != standing.max_tier and (higher := policy.next_tier_up(tier)) is not None:
        tier = higher
        if tier not in standing.unfit:
            found.append(tier)
    return found


def nothing_above(policy: Policy, standing: Standing) -> str:
    """In words why `tiers_up` is empty."""
    limit = standing.max_tier
    if limit is not None and policy.rank.get(limit, -1) >= policy.rank.get(standing.tier, len(policy.rank)):
        above = "" if limit == standing.tier else ", and nothing up to there can take the request"
        return f"{limit} is max_tier{above}"
    top = policy.next_tier_up(standing.tier) is None
    return f"{standing.tier} is " + ("the highest tier" if top else "the highest tier that can take the request")
