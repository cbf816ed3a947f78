"""What a run does next: which tier it asks first and, after each attempt, whether and where it tries again.

The rules of it are the domain's (`escalation`, `fallback`). Nothing here changes the run: `Run.apply` does, once the
attempt is admitted.
"""

from dataclasses import replace

from model_router.domain.calls.ports import CallFailed
from model_router.domain.routing.escalation import AttemptState, Transition, after_failed_check, no_further_attempt
from model_router.domain.routing.fallback import FailedCall, after_failed_call, replacement_tier
from model_router.domain.routing.history import has_thinking, is_refused_thinking
from model_router.services.request_path.attempt import Outcome
from model_router.services.request_path.run import Run


def first_transition(run: Run, at: float) -> Transition:
    """The decided tier, unless it keeps failing and another may take its place. `at` is by the monotonic clock."""
    tier = run.decision.tier
    if tier in run.open_circuits and (other := replacement_tier(run.policy, _state(run, tier, at))) is not None:
        return Transition("start", other, "its model keeps failing", cause=f"{tier} keeps failing")
    return Transition("start", tier, "decided")


def next_transition(run: Run, outcome: Outcome, failed: FailedCall | None, at: float) -> Transition:
    """What follows an attempt that ended at the monotonic time `at`. `failed` says how its call failed, if it did."""
    tier = outcome.attempt.tier
    if outcome.failure is not None and _is_thinking_of_another_model(run, outcome.failure):
        cause = f"{tier} refused thinking of the conversation as not its own"
        return Transition("resend", tier, "its thinking was refused", cause=cause)
    if failed is None and not outcome.judgement.failed:
        return no_further_attempt("answered")
    state = _state(run, tier, at, (outcome.attempt.latency_ms or 0) / 1000)
    if failed is not None:
        return replace(after_failed_call(run.policy, state, failed), cause=f"the call of {tier} failed")
    return replace(after_failed_check(run.policy, state), cause=f"a check of {tier}'s answer failed")


def _is_thinking_of_another_model(run: Run, failure: CallFailed) -> bool:
    """Whether Claude refused thinking blocks of the conversation that can be left out."""
    if run.thinking_refused or run.decision.arm == "pinned" or failure.kind != "rejected":
        return False
    return is_refused_thinking(failure.message) and has_thinking(run.request.body["messages"])


def _state(run: Run, tier: str, at: float, last_seconds: float = 0.0) -> AttemptState:
    # A tier whose answer failed its check does not replace one whose call failed.
    judged = {run.answered.attempt.tier} if run.answered else set()
    return AttemptState(
        tier=tier,
        routed=run.decision.arm == "routed",
        may_fall_back=run.decision.arm != "pinned",
        escalations=run.escalations,
        fallbacks=run.fallbacks,
        seconds_left=run.ends - at,
        last_attempt_seconds=last_seconds,
        max_tier=run.request.max_tier,
        unfit=run.decision.unfit | judged,
        min_tier=run.request.min_tier,
        retries=run.retries,
        failed_calls=run.failed_calls(),
        rate_limited_tiers=run.rate_limited_tiers,
        open_circuits=run.open_circuits,
    )
