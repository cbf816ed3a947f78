"""What a dry run answers: the decision, and an estimate of what it would cost. Claude is not called."""

from datetime import datetime

from model_router.domain.answers.result import Routed
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import Target, adapt
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.policy import Policy

# What a dry run takes an answer to be, where nothing better is known: a share of max_tokens.
_EXPECTED_OUTPUT_SHARE = 4


def planned(policy: Policy, request: RouteRequest, decision: Decision, request_id: str, now: datetime) -> Routed:
    """The request as it would go, at the prices of `now`."""
    output = max(1, request.max_tokens // _EXPECTED_OUTPUT_SHARE)
    usage = Usage(input_tokens=decision.input_tokens, output_tokens=output)
    baseline = policy.rules.model_of(policy.rules.baseline_for(decision.task, request.client))
    pinned = decision.arm == "pinned"
    spent = cost(policy.catalog, decision.model, usage, now)
    low, _ = (spent, spent) if pinned else baseline_cost(policy.catalog, decision.model, baseline, usage, now)
    card = policy.catalog.card(decision.model)
    target = Target(decision.model, card, request.api_version, decision.own_thinking_from)
    adaptations = () if pinned else adapt(request.body, target).adaptations
    return Routed(
        request_id=request_id,
        model=decision.model,
        tier=decision.tier,
        task=decision.task,
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
    )
