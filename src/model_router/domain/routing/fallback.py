"""What follows a failed call: an attempt on another tier, a retry on the same one, or the error. Pure.

    failure                         next attempt, if the rules, the tiers and the time allow it
    rate_limit, overloaded          another tier, or the same one after `retry-after` or a backoff
    server_error, connection        the same tier once after a backoff, then another, or the same one
    too long for the model          the next tier up
    anything else                   none: the caller gets the error

The rules call a failure of the first two kinds `unknown` if it may have been billed. An answer that cannot be parsed
(`unintelligible`) is not retried: another call would probably return the same at full price.

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
    too_little_time,
)
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.routing_rules import Fallback

BACKOFF_SECONDS = 0.5
"""The wait before the first retry, doubled for each later one. Jitter shortens it by up to half."""

_ANOTHER_TIER_FIRST = ("rate_limit", "overloaded")
"""The model itself has no capacity."""
_TRANSIENT = (*_ANOTHER_TIER_FIRST, "server_error", "connection", "timeout")
"""Failures that another call may avoid."""


@dataclass(frozen=True, slots=True)
class FailedCall:
    """How a call failed."""

    kind: CallFailureKind
    #: It may have been billed, and Claude did not report the outcome.
    unknown: bool = False
    #: Seconds that Claude asks the caller to wait.
    retry_after: float | None = None
    #: Claude says that a retry is pointless (`x-should-retry: false`).
    retry_refused: bool = False
    #: Random, from 0 to 1: keeps instances from retrying at the same moment.
    jitter: float = 0.0

    @property
    def rule_kind(self) -> str:
        """The failure's name in the rules. A timeout that cannot have been billed counts as a failed connection."""
        if self.unknown and self.kind in _TRANSIENT:
            return "unknown"
        return "connection" if self.kind == "timeout" else self.kind


def after_failed_call(policy: Policy, state: AttemptState, failure: FailedCall) -> Transition:
    """What follows a failed call."""
    limits = policy.rules.routing.fallback
    kind = failure.rule_kind
    if not state.may_fall_back:
        return no_further_attempt("pinned requests have one attempt")
    if kind == "too_long":
        if higher := tiers_up(policy, state):
            return Transition("fall_back", higher[0], "Claude says that the prompt is too long")
        return no_further_attempt(no_higher_tier_message(policy, state))
    if kind not in (*limits.on, *limits.retry_on):
        return no_further_attempt(f"the rules allow none after {_DESCRIPTIONS.get(kind, kind)}")
    if failure.retry_refused and failure.kind not in _ANOTHER_TIER_FIRST:
        return no_further_attempt(_REFUSED)
    if state.seconds_left < policy.rules.routing.escalation.min_seconds_left:
        return no_further_attempt(too_little_time(state))
    options = [_other_tier(policy, state, limits, kind), _same_tier(policy, state, limits, failure)]
    if failure.kind not in _ANOTHER_TIER_FIRST and not state.retries:
        options.reverse()
    reasons = "; ".join(option.reason for option in options if option.reason)
    return next((option for option in options if option.tier), no_further_attempt(reasons))


def replacement_tier(policy: Policy, state: AttemptState) -> str | None:
    """The tier to call first instead of one that keeps failing, or None if the rules or the tiers allow no other."""
    limits = policy.rules.routing.fallback
    if not (state.may_fall_back and limits.on and limits.max_fallbacks):
        return None
    return next((tier for tier in _others(policy, state) if tier not in state.open_circuits), None)


_DESCRIPTIONS = {"unknown": "a failure that may have been billed"}
_REFUSED = "Claude says that a retry does not help"


def _other_tier(policy: Policy, state: AttemptState, limits: Fallback, kind: str) -> Transition:
    if kind not in limits.on:
        return no_further_attempt()
    if state.fallbacks >= limits.max_fallbacks:
        return no_further_attempt(f"max_fallbacks is {limits.max_fallbacks}")
    others = _others(policy, state)
    if not others:
        return no_further_attempt("no other tier can replace it")
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
        # Never earlier than Claude asks, with jitter so that instances do not retry together.
        wait = failure.retry_after + BACKOFF_SECONDS * failure.jitter / 2
    left = state.seconds_left - policy.rules.routing.escalation.min_seconds_left
    if wait > left or (failure.retry_after or 0) > limits.max_wait_seconds:
        return no_further_attempt(f"a wait of {wait:.1f} s is too long")
    return Transition("retry", state.tier, f"{state.tier} failed ({failure.rule_kind})", wait)


def _others(policy: Policy, state: AttemptState) -> list[str]:
    """The tiers that can replace this one, best first: higher ones, then the lower ones that the rules allow."""
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
