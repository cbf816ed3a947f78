"""Where a run goes next: to which tier first, and after each attempt up, across, the same way again, or nowhere.

What the rules make of it is the domain's (`escalation`, `fallback`); here it is asked with what the run has come to,
and the run is told what became of it.
"""

from model_router.domain.calls.ports import CallFailed
from model_router.domain.routing.escalation import Standing, Step, after_failed_check
from model_router.domain.routing.fallback import FailedCall, after_failed_call, instead
from model_router.domain.routing.history import holds_thinking, is_refused_thinking
from model_router.services.request_path.attempt import Outcome
from model_router.services.request_path.run import Run


def first_tier(run: Run, at: float) -> str:
    """The tier to ask first: the one that was decided, unless it keeps failing and another may take its place."""
    tier = run.decision.tier
    if tier not in run.shut or (other := instead(run.policy, _standing(run, tier, at))) is None:
        return tier
    run.fallbacks += 1
    run.last_move = (f"{tier} keeps failing", "fell back")
    run.move(other, run.policy.rules.model_of(other), f"{tier} keeps failing: {other} was asked first")
    return other


def next_step(run: Run, outcome: Outcome, at: float, failed: FailedCall | None) -> Step:
    """Where to go after an attempt that ended at the monotonic time `at`; `failed` says how, if its call did."""
    if failed is not None and failed.kind == "rate_limit":
        run.no_room |= run.policy.sharing_limits_with(outcome.attempt.model)
    if outcome.failure is not None and _is_of_others_thinking(run, outcome.failure):
        return _again_without_thinking(run, outcome.attempt.tier)
    if failed is None and not outcome.judgement.failed:
        return Step(None, "answered")
    run.failed_calls += failed is not None
    standing = _standing(run, outcome.attempt.tier, at, (outcome.attempt.latency_ms or 0) / 1000)
    if failed is not None:
        return _after_failed_call(run, standing, failed)
    step = after_failed_check(run.policy, standing)
    run.escalations += step.tier is not None
    return _went(run, f"a check of {standing.tier}'s answer failed", "escalated", step)


def take_back(run: Run, why: str) -> None:
    """The further attempt that `next_step` named is not made after all."""
    what, move = run.last_move
    if move == "escalated":
        run.escalations -= 1
    elif move == "fell back":
        run.fallbacks -= 1
    elif move == "retried":
        run.retries -= 1
    run.steps[-1] = f"{what}: nothing further was tried ({why})"


def _after_failed_call(run: Run, standing: Standing, failed: FailedCall) -> Step:
    step = after_failed_call(run.policy, standing, failed)
    again = step.tier == standing.tier
    run.retries += again
    run.fallbacks += step.tier is not None and not again
    return _went(run, f"the call of {standing.tier} failed", "retried" if again else "fell back", step)


def _went(run: Run, what: str, move: str, step: Step) -> Step:
    """Notes what happened and where that led."""
    run.last_move = (what, move)
    if step.tier is None:
        run.steps.append(f"{what}: nothing further was tried ({step.why})")
    else:
        run.steps.append(f"{what}: {move} {'on' if move == 'retried' else 'to'} {step.tier}")
    return step


def _is_of_others_thinking(run: Run, failure: CallFailed) -> bool:
    """Whether Claude refused thinking blocks of the conversation that it may yet do without."""
    if run.thinking_refused or run.decision.arm == "pinned" or failure.kind != "rejected":
        return False
    return is_refused_thinking(failure.message) and holds_thinking(run.request.body["messages"])


def _again_without_thinking(run: Run, tier: str) -> Step:
    run.thinking_refused = True
    what = f"{tier} refused thinking of the conversation as not its own"
    run.last_move = (what, "sent again")
    run.steps.append(f"{what}: sent again without it")
    return Step(tier, "its thinking was refused")


def _standing(run: Run, tier: str, at: float, last_seconds: float = 0.0) -> Standing:
    # A tier whose answer failed its check is not asked again in the place of one that fails.
    judged = {run.answered.attempt.tier} if run.answered else set()
    return Standing(
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
        failed_calls=run.failed_calls,
        no_room=run.no_room,
        shut=run.shut,
    )
