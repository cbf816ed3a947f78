"""What happens after an attempt: answer, escalate to the next tier, fall back to another, or give up. Pure."""

from dataclasses import dataclass

from model_router.domain.ports import CallFailureKind
from model_router.domain.routing.policy import Policy


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands after an attempt. Seconds; None for `max_tier`: no limit was set."""

    tier: str
    #: Only a routed request moves: a pinned one is one attempt, and the control arm is measured as it is.
    routed: bool
    may_fall_back: bool
    escalations: int
    fallbacks: int
    seconds_left: float
    last_attempt_seconds: float
    max_tier: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """The tier to go on with; None: no further attempt, and in words why."""

    tier: str | None
    why: str


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
    return _one_up(policy, standing, "a check failed")


def after_failed_call(policy: Policy, standing: Standing, kind: CallFailureKind) -> Step:
    """The call itself failed: another tier, for the failures that the rules name."""
    limits = policy.rules.routing.fallback
    if not standing.may_fall_back:
        return Step(None, "a pinned request is one attempt")
    if kind == "too_long":
        return _one_up(policy, standing, "Claude says that the prompt is too long")
    if kind not in limits.on:
        return Step(None, f"the rules fall back on {', '.join(limits.on) or 'nothing'}")
    if standing.fallbacks >= limits.max_fallbacks:
        return Step(None, f"max_fallbacks is {limits.max_fallbacks}")
    if standing.seconds_left < policy.rules.routing.escalation.min_seconds_left:
        return Step(None, f"{standing.seconds_left:.0f} s left are too few for a further attempt")
    return _one_up(policy, standing, f"{standing.tier} failed ({kind})")


def _one_up(policy: Policy, standing: Standing, why: str) -> Step:
    if standing.tier == standing.max_tier:
        return Step(None, f"{standing.tier} is max_tier")
    higher = policy.next_tier_up(standing.tier)
    return Step(higher, why) if higher else Step(None, f"{standing.tier} is the highest tier")
