"""What follows a call that failed: another tier, the same one again, or the error at once. Pure.

    failure                         next call, if the rules, the tiers and the time allow it
    rate_limit, overloaded          another tier; else the same one, after `retry-after` or a backoff
    server_error, connection        the same tier once, after a backoff; then another; else the same one
    too long for the model          the next tier up
    anything else                   none: the caller gets the error

A failure of the first two kinds that may have been billed is `unknown` to the rules. An answer that cannot be read
(`unintelligible`) is not retried: the next call would most likely bring the same, at its full price.

`docs/failures.md` shows the outcome for each failure.
"""

from dataclasses import dataclass

from model_router.domain.calls.ports import CallFailureKind
from model_router.domain.routing.escalation import (
    AttemptState,
    Transition,
    no_further_attempt,
    no_higher_tier_message,
    tiers_up,
)
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.routing_rules import Fallback

BACKOFF_SECONDS = 0.5
"""The pause before the first retry, doubled for each further one. Jitter shortens it by up to half."""

_ANOTHER_TIER_FIRST = ("rate_limit", "overloaded")
"""The model itself has no capacity."""
_TRANSIENT = (*_ANOTHER_TIER_FIRST, "server_error", "connection", "timeout")
"""Failures that a further call may not meet."""


@dataclass(frozen=True, slots=True)
class FailedCall:
    """How a call failed."""

    kind: CallFailureKind
    #: It may have been billed, and Claude has not reported how it ended.
    unknown: bool = False
    #: Seconds that Claude asks to wait.
    retry_after: float | None = None
    #: Claude says that a retry cannot succeed (`x-should-retry: false`).
    retry_refused: bool = False
    #: Random, from 0 to 1: keeps instances from retrying at the same moment.
    jitter: float = 0.0

    @property
    def rule_kind(self) -> str:
        """The failure's name in the rules. A timeout that cannot have been billed is a failed connection."""
        if self.unknown and self.kind in _TRANSIENT:
            return "unknown"
        return "connection" if self.kind == "timeout" else self.kind


def after_failed_call(policy: Policy, state: AttemptState, failure: FailedCall) -> Transition:
    """What to do after a failed call."""
    limits = policy.rules.routing.fallback
    kind = failure.rule_kind
    if not state.may_fall_back:
        return no_further_attempt("a pinned request is one attempt")
    if kind == "too_long":
        if higher := tiers_up(policy, state):
            return Transition("fall_back", higher[0], "Claude says that the prompt is too long")
        return no_further_attempt(no_higher_tier_message(policy, state))
    if kind not in (*limits.on, *limits.retry_on):
        return no_further_attempt(f"the rules answer {_IN_WORDS.get(kind, kind)} at once")
    if failure.retry_refused and failure.kind not in _ANOTHER_TIER_FIRST:
        return no_further_attempt(_REFUSED)
    if state.seconds_left < policy.rules.routing.escalation.min_seconds_left:
        return no_further_attempt(f"{state.seconds_left:.0f} s left are too few for a further attempt")
    options = [_other_tier(policy, state, limits, kind), _same_tier(policy, state, limits, failure)]
    if failure.kind not in _ANOTHER_TIER_FIRST and not state.retries:
        options.reverse()
    reasons = "; ".join(option.reason for option in options if option.reason)
    return next((option for option in options if option.tier), no_further_attempt(reasons))


def replacement_tier(policy: Policy, state: AttemptState) -> str | None:
    """The tier to ask first in place of one that keeps failing, or None if the rules or the tiers have no other."""
    limits = policy.rules.routing.fallback
    if not (state.may_fall_back and limits.on and limits.max_fallbacks):
        return None
    return next((tier for tier in _others(policy, state) if tier not in state.open_circuits), None)


_IN_WORDS = {"unknown": "what may have been billed"}
_REFUSED = "Claude says that a retry does not help"


def _other_tier(policy: Policy, state: AttemptState, limits: Fallback, kind: str) -> Transition:
    if kind not in limits.on:
        return no_further_attempt()
    if state.fallbacks >= limits.max_fallbacks:
        return no_further_attempt(f"max_fallbacks is {limits.max_fallbacks}")
    others = _others(policy, state)
    if not others:
        return no_further_attempt("no other tier may take its place")
    best = next((tier for tier in others if tier not in state.open_circuits), others[0])
    return Transition("fall_back", best, f"{state.tier} failed ({kind})")


def _same_tier(policy: Policy, state: AttemptState, limits: Fallback, failure: FailedCall) -> Transition:
    if failure.rule_kind not in limits.retry_on:
        return no_further_attempt()
    if failure.retry_refused:
        return no_further_attempt(_REFUSED)
    if state.failed_calls > limits.max_retries:
        return no_further_attempt(f"max_retries is {limits.max_retries}")
    wait = BACKOFF_SECONDS * 2**state.retries * (1 - failure.jitter / 2)
    if failure.retry_after is not None:
        # Never earlier than Claude asks, and spread so that not every instance comes back at that moment.
        wait = failure.retry_after + BACKOFF_SECONDS * failure.jitter / 2
    left = state.seconds_left - policy.rules.routing.escalation.min_seconds_left
    if wait > left or (failure.retry_after or 0) > limits.max_wait_seconds:
        return no_further_attempt(f"to wait {wait:.1f} s is too long")
    return Transition("retry", state.tier, f"{state.tier} failed ({failure.rule_kind})", wait)


def _others(policy: Policy, state: AttemptState) -> list[str]:
    """The tiers that may take over, the best first: those above, then those below that the rules allow."""
    allowed = [*tiers_up(policy, state), *_tiers_down(policy, state)]
    return [tier for tier in allowed if tier not in state.rate_limited_tiers]


def _tiers_down(policy: Policy, state: AttemptState) -> list[str]:
    lowest = policy.rules.routing.fallback.down_to
    current = policy.rank.get(state.tier)
    if lowest is None or current is None:
        return []
    bottom = max(policy.rank[lowest], policy.rank.get(state.min_tier or lowest, 0))
    below = list(policy.rank)[bottom:current]
    return [tier for tier in reversed(below) if tier not in state.unfit]
