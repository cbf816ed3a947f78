"""What follows an answer that failed a check: the next tier up, or the answer as it is. Pure."""

from dataclasses import dataclass
from typing import Literal

from model_router.domain.routing.policy import Policy


@dataclass(frozen=True, slots=True)
class AttemptState:
    """A request after an attempt of `tier`. `max_tier` and `min_tier` are None where the request sets no limit."""

    tier: str
    #: Only a routed request escalates: a pinned one is one attempt, and the control arm stays on its tier.
    routed: bool
    may_fall_back: bool
    escalations: int
    fallbacks: int
    seconds_left: float
    last_attempt_seconds: float
    max_tier: str | None
    #: Tiers that cannot take the request at all.
    unfit: frozenset[str] = frozenset()
    min_tier: str | None = None
    retries: int = 0
    #: This request's failed calls, the last one included.
    failed_calls: int = 1
    #: Tiers that share a rate limit which this request has used up.
    rate_limited_tiers: frozenset[str] = frozenset()
    #: Tiers whose model keeps failing: used only if no other tier can be.
    open_circuits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Transition:
    """What follows an attempt: a further attempt of `tier` after `wait_seconds`, or with `answer` none.

    `cause` says what happened, `reason` why this follows from it; both are shown to the caller.
    """

    kind: Literal["start", "answer", "escalate", "fall_back", "retry", "resend"]
    tier: str | None
    reason: str
    wait_seconds: float = 0.0
    cause: str = ""

    def describe(self) -> str:
        """The transition as a part of the caller's `reason`; empty where nothing happened that needs one."""
        match self.kind:
            case _ if not self.cause:
                return ""
            case "start":
                return f"{self.cause}: {self.tier} was asked first"
            case "answer":
                return f"{self.cause}: nothing further was tried ({self.reason})"
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
    """One tier up, if the rules, the tiers and the time allow it."""
    limits = policy.rules.routing.escalation
    if not state.routed:
        return no_further_attempt("only routed requests escalate")
    if state.escalations >= limits.max_escalations:
        return no_further_attempt(f"max_escalations is {limits.max_escalations}")
    if state.seconds_left < max(limits.min_seconds_left, state.last_attempt_seconds):
        return no_further_attempt(f"{state.seconds_left:.0f} s left are too few for a further attempt")
    higher = tiers_up(policy, state)
    if not higher:
        return no_further_attempt(no_higher_tier_message(policy, state))
    avoided = state.rate_limited_tiers | state.open_circuits
    best = next((tier for tier in higher if tier not in avoided), higher[0])
    return Transition("escalate", best, "a check failed")


def tiers_up(policy: Policy, state: AttemptState) -> list[str]:
    """The tiers above that can take the request, up to `max_tier`, the nearest first."""
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
        above = "" if limit == state.tier else ", and no tier up to it can take the request"
        return f"{limit} is max_tier{above}"
    top = policy.next_tier_up(state.tier) is None
    return f"{state.tier} is the highest tier" + ("" if top else " that can take the request")
