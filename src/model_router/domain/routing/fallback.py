"""What happens after a call that itself failed: another tier, the same one again, or the caller's error at once. Pure.

    failure                         asked next, while the rules, the tiers and the time allow
    rate_limit, overloaded          another tier; else the same one again, after `retry-after` or a backoff
    server_error, connection        the same tier once more, after a backoff; then another; else the same again
    too long for the model          the next tier up
    anything else                   none: the caller gets the error

`unknown` is any of the first two lines that may have been billed. An answer that cannot be read (`unintelligible`) is
not: the next call would most likely bring the same, at its full price.

`docs/failures.md` shows what that comes to for each failure.
"""

from dataclasses import dataclass

from model_router.domain.calls.ports import CallFailureKind
from model_router.domain.routing.escalation import Standing, Step, nothing_above, tiers_up
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import Fallback

BACKOFF_SECONDS = 0.5
"""Before the first retry; doubled with each further one. Up to half of it is left off, by chance."""

_ANOTHER_TIER_FIRST = ("rate_limit", "overloaded")
"""It is the model that has no room."""
_PASSING = (*_ANOTHER_TIER_FIRST, "server_error", "connection", "timeout")
"""Failures that a further call may not meet."""


@dataclass(frozen=True, slots=True)
class FailedCall:
    """How a call failed."""

    kind: CallFailureKind
    #: It may have been billed, and Claude has not said how it ended.
    unknown: bool = False
    #: Seconds for which Claude asks to be left alone.
    retry_after: float | None = None
    #: Claude says that the same call cannot succeed (`x-should-retry: false`).
    retry_refused: bool = False
    #: From 0 to 1, by chance: what keeps instances from all coming back at once.
    jitter: float = 0.0

    @property
    def rule_kind(self) -> str:
        """The failure's name in the rules. A connection that was never made has no time to run out of."""
        if self.unknown and self.kind in _PASSING:
            return "unknown"
        return "connection" if self.kind == "timeout" else self.kind


def after_failed_call(policy: Policy, standing: Standing, failure: FailedCall) -> Step:
    """Where to go after a failed call."""
    limits = policy.rules.routing.fallback
    kind = failure.rule_kind
    if not standing.may_fall_back:
        return Step(None, "a pinned request is one attempt")
    if kind == "too_long":
        higher = tiers_up(policy, standing)
        why = "Claude says that the prompt is too long"
        return Step(higher[0], why) if higher else Step(None, nothing_above(policy, standing))
    if kind not in (*limits.on, *limits.retry_on):
        return Step(None, f"the rules answer {_WORDS.get(kind, kind)} at once")
    if failure.retry_refused and failure.kind not in _ANOTHER_TIER_FIRST:
        return Step(None, _REFUSED)
    if standing.seconds_left < policy.rules.routing.escalation.min_seconds_left:
        return Step(None, f"{standing.seconds_left:.0f} s left are too few for a further attempt")
    steps = [_other_tier(policy, standing, limits, kind), _same_tier(policy, standing, limits, failure)]
    if failure.kind not in _ANOTHER_TIER_FIRST and not standing.retries:
        steps.reverse()
    return next((step for step in steps if step.tier), Step(None, "; ".join(step.why for step in steps if step.why)))


def instead(policy: Policy, standing: Standing) -> str | None:
    """The tier to ask first in the place of one that keeps failing; None: the rules or the tiers have no other."""
    limits = policy.rules.routing.fallback
    if not (standing.may_fall_back and limits.on and limits.max_fallbacks):
        return None
    return next((tier for tier in _others(policy, standing) if tier not in standing.shut), None)


_WORDS = {"unknown": "what may have been billed"}
_REFUSED = "Claude says that a retry does not help"


def _other_tier(policy: Policy, standing: Standing, limits: Fallback, kind: str) -> Step:
    if kind not in limits.on:
        return Step(None, "")
    if standing.fallbacks >= limits.max_fallbacks:
        return Step(None, f"max_fallbacks is {limits.max_fallbacks}")
    others = _others(policy, standing)
    if not others:
        return Step(None, "no other tier may take its place")
    best = next((tier for tier in others if tier not in standing.shut), others[0])
    return Step(best, f"{standing.tier} failed ({kind})")


def _same_tier(policy: Policy, standing: Standing, limits: Fallback, failure: FailedCall) -> Step:
    if failure.rule_kind not in limits.retry_on:
        return Step(None, "")
    if failure.retry_refused:
        return Step(None, _REFUSED)
    if standing.failed_calls > limits.max_retries:
        return Step(None, f"max_retries is {limits.max_retries}")
    wait = BACKOFF_SECONDS * 2**standing.retries * (1 - failure.jitter / 2)
    if failure.retry_after is not None:
        # Never before its time; not all at that very moment.
        wait = failure.retry_after + BACKOFF_SECONDS * failure.jitter / 2
    left = standing.seconds_left - policy.rules.routing.escalation.min_seconds_left
    if wait > left or (failure.retry_after or 0) > limits.max_wait_seconds:
        return Step(None, f"to wait {wait:.1f} s is too long")
    return Step(standing.tier, f"{standing.tier} failed ({failure.rule_kind})", wait)


def _others(policy: Policy, standing: Standing) -> list[str]:
    """The tiers that may take over, the best first: those above, then those below that the rules allow."""
    allowed = [*tiers_up(policy, standing), *_tiers_down(policy, standing)]
    return [tier for tier in allowed if tier not in standing.no_room]


def _tiers_down(policy: Policy, standing: Standing) -> list[str]:
    lowest = policy.rules.routing.fallback.down_to
    here = policy.rank.get(standing.tier)
    if lowest is None or here is None:
        return []
    bottom = max(policy.rank[lowest], policy.rank.get(standing.min_tier or lowest, 0))
    below = list(policy.rank)[bottom:here]
    return [tier for tier in reversed(below) if tier not in standing.unfit]
