"""What follows an answer that failed a check: an attempt on the next tier up, or that answer. Pure."""

from dataclasses import dataclass
from typing import Literal

from model_router.domain.routing.policy import Policy


@dataclass(frozen=True, slots=True)
class AttemptState:
    """A request after an attempt of `tier`. `max_tier` and `min_tier` are None where the request sets no limit."""

    tier: str
    #: Only routed requests escalate: a pinned request has one attempt, and the control arm stays on its tier.
    routed: bool
    may_fall_back: bool
    escalations: int
    fallbacks: int
    seconds_left: float
    last_attempt_seconds: float
    max_tier: str | None
    #: Tiers that cannot serve the request.
    unfit: frozenset[str] = frozenset()
    min_tier: str | None = None
    retries: int = 0
    #: The request's failed calls, including the last one.
    failed_calls: int = 1
    #: Tiers that share a rate limit which this request has exhausted.
    rate_limited_tiers: frozenset[str] = frozenset()
    #: Tiers whose model keeps failing. They are used only if no other tier is left.
    open_circuits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Transition:
    """What follows an attempt: another attempt on `tier` after `wait_seconds`, or none if `kind` is `answer`.

    `cause` says what happened and `reason` why this follows. Both are shown to the caller.
    """

    kind: Literal["start", "answer", "escalate", "fall_back", "retry", "resend"]
    tier: str | None
    reason: str
    wait_seconds: float = 0.0
    cause: str = ""

    def describe(self) -> str:
        """A sentence for the caller's `reason`; empty if there is nothing to explain."""
        match self.kind:
            case _ if not self.cause:
                return ""
            case "start":
                return f"{self.cause}: {self.tier} was called first"
            case "answer":
                return f"{self.cause}: no further attempt ({self.reason})"
            case "escalate":
                return f"{self.cause}: escalated to {self.tier}"
            case "fall_back":
                return f"{self.cause}: fell back to {self.tier}"
            case "retry":
                return f"{self.cause}: retried on {self.tier}"
            case "resend":
                return f"{self.cause}: sent again without it"


def no_further_attempt(reason: str = "", cause: str = "") -> Transition:
    return Transition("answer", None, reason, cause=cause)


def after_failed_check(policy: Policy, state: AttemptState) -> Transition:
    """An attempt on the next tier up, if the rules, the tiers and the time allow it."""
    limits = policy.rules.routing.escalation
    if not state.routed:
        return no_further_attempt("only routed requests escalate")
    if state.escalations >= limits.max_escalations:
        return no_further_attempt(f"max_escalations is {limits.max_escalations}")
    if state.seconds_left < max(limits.min_seconds_left, state.last_attempt_seconds):
        return no_further_attempt(too_little_time(state))
    higher = tiers_up(policy, state)
    if not higher:
        return no_further_attempt(no_higher_tier_message(policy, state))
    avoided = state.rate_limited_tiers | state.open_circuits
    best = next((tier for tier in higher if tier not in avoided), higher[0])
    return Transition("escalate", best, "a check failed")


def too_little_time(state: AttemptState) -> str:
    return f"only {state.seconds_left:.0f} s are left"


def tiers_up(policy: Policy, state: AttemptState) -> list[str]:
    """The higher tiers that can serve the request, up to `max_tier`, nearest first."""
    higher: list[str] = []
    tier = state.tier
    while tier != state.max_tier and (above := policy.next_tier_up(tier)) is not None:
        tier = above
        if tier not in state.unfit:
            higher.append(tier)
    return higher


def no_higher_tier_message(policy: Policy, state: AttemptState) -> str:
    """Why `tiers_up` is empty."""
    limit = state.max_tier
    if limit is not None and policy.rank.get(limit, -1) >= policy.rank.get(state.tier, len(policy.rank)):
        above = "" if limit == state.tier else ", and no tier up to it can serve the request"
        return f"{limit} is max_tier{above}"
    top = policy.next_tier_up(state.tier) is None
    return f"{state.tier} is the highest tier" + ("" if top else " that can serve the request")
