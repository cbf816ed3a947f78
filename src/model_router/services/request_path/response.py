"""What the caller gets: the best answer and how it came about, or the error of the last failed call."""

from model_router.domain.answers.result import Routed
from model_router.domain.calls.failures import error_for
from model_router.domain.errors import InternalError, RouterError
from model_router.services.request_path.run import Run


def answer(run: Run) -> Routed:
    """The caller's answer; ends it if it is streamed. Raises a RouterError if no attempt was answered."""
    best = run.answered
    if best is None or best.message is None:
        raise _error(run)
    attempts = run.record.attempts
    routed = Routed(
        request_id=run.record.request_id,
        model=best.attempt.model,
        tier=best.attempt.tier,
        task=run.decision.task,
        application=run.decision.application,
        message=run.message_for_client(best.message, best.attempt.model),
        input_tokens=sum(attempt.usage.input_tokens for attempt in attempts),
        output_tokens=sum(attempt.usage.output_tokens for attempt in attempts),
        cost_usd=run.record.cost_usd,
        baseline_cost_usd=run.record.baseline_cost_usd,
        was_escalated=run.escalations > 0,
        validated=best.judgement.validated,
        attempts=attempts,
        reason=run.reason(),
        adaptations=run.adaptations,
        verdicts=run.verdicts,
        headers=best.headers,
        session=run.decision.session,
    )
    if run.relay is not None:
        run.relay.finish(routed, best.attempt.id)
    return routed


def _error(run: Run) -> RouterError:
    if run.last is None or run.last.failure is None:
        return InternalError()
    error = error_for(run.last.failure)
    error.may_be_billed = any(attempt.cost_state != "free" for attempt in run.made)
    return error
