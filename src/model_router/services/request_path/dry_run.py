"""The answer to a dry run: the decision, and an estimate of the cost. Claude is not called."""

from datetime import datetime

from model_router.domain.answers.result import Routed
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, most_it_cost
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.draft import Target
from model_router.domain.routing.policy import Policy

# The assumed length of the answer: max_tokens divided by this.
_EXPECTED_OUTPUT_SHARE = 4


def planned(policy: Policy, request: RouteRequest, decision: Decision, request_id: str, now: datetime) -> Routed:
    """The request as it would be routed, at the prices of `now`. A model without a price gets the highest one."""
    output = max(min(1, request.max_tokens), request.max_tokens // _EXPECTED_OUTPUT_SHARE)
    usage = Usage(input_tokens=decision.input_tokens, output_tokens=output)
    spent = low = most_it_cost(policy.catalog, decision.model, usage, now)
    adaptations: tuple[str, ...] = ()
    if decision.arm != "pinned":
        baseline = policy.rules.baseline_model(request, decision.task)
        low, _ = baseline_cost(policy.catalog, decision.model, baseline, usage, now)
        effort = policy.rules.efforts_of(request, decision.task).get(decision.tier)
        target = Target.of(policy.catalog, decision.model, request, now, effort_rule=effort)
        adaptations = adapt(request.body, target).adaptations
    return Routed(
        request_id=request_id,
        model=decision.model,
        tier=decision.tier,
        task=decision.task,
        application=decision.application,
        message=None,
        input_tokens=decision.input_tokens,
        output_tokens=output,
        cost_usd=spent,
        baseline_cost_usd=low,
        was_escalated=False,
        validated=None,
        attempts=(),
        reason=f"dry run, with {output} output tokens assumed: {decision.reason}",
        adaptations=adaptations,
        verdicts={},
        headers={},
        session=decision.session,
    )
