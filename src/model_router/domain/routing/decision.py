"""Decides where a request goes: task, tier, model, arm, and in words why. Pure: the inputs decide, and nothing else."""

from dataclasses import dataclass

from model_router.domain.errors import InvalidRequest, NotFound
from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.arms import Arm, arm_of
from model_router.domain.routing.fit import Needs, obstacle
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import DEFAULT_TASK


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a request goes first. `input_tokens` is an estimate in the chosen model's tokens."""

    task: str
    rule: str | None
    arm: Arm
    #: What routing proposes; in the control arm it is compared with, not used.
    proposed_tier: str
    tier: str
    model: str
    input_tokens: int
    reason: str


def decide(policy: Policy, request: RouteRequest) -> Decision:
    """The decision for a request; InvalidRequest for a task, tier or model that there is not, or limits that no
    model meets."""
    estimate = estimate_tokens(request.body)
    _check_tiers(policy, request)
    if request.pin is not None:
        return _pinned(policy, request, request.pin, estimate)
    needs = Needs.of(request.body, estimate)
    _check_max_tokens(policy, needs)
    found = policy.classifier.classify(request, estimate)
    reasons = [found.reason]
    tier = _floored(policy, found.tier, estimate, reasons)
    tier = _within_limits(policy, request, tier, reasons)
    proposed = _fitting(policy, request, tier, needs, reasons)
    arm = arm_of(request, policy.rules.rollout)
    chosen = proposed
    if arm == "control" and not request.dry_run:
        baseline = policy.rules.baseline_for(found.task, request.client)
        reasons.append(f"control arm: baseline tier {baseline}")
        chosen = _fitting(policy, request, baseline, needs, reasons)
    elif arm == "control":
        reasons.append("without dry_run it would be in the control arm")
    model = policy.rules.model_of(chosen)
    return Decision(
        task=found.task,
        rule=found.rule,
        arm=arm,
        proposed_tier=proposed,
        tier=chosen,
        model=model,
        input_tokens=_in_tokens_of(policy, model, estimate),
        reason="; ".join(reasons),
    )


def _pinned(policy: Policy, request: RouteRequest, pin: str, estimate: int) -> Decision:
    if pin in policy.rank:
        tier, model = pin, policy.rules.model_of(pin)
    elif pin in policy.catalog.ids:
        tier, model = policy.tier_of(pin), pin
    else:
        raise NotFound(
            f"model {pin[:80]!r} is not known here. Use 'auto', a tier ({', '.join(policy.rank)}) "
            f"or a model of the catalog ({', '.join(sorted(policy.catalog.models))})."
        )
    task = request.task or DEFAULT_TASK
    if task != DEFAULT_TASK:
        policy.classifier.classify(request, estimate)
    tokens = _in_tokens_of(policy, model, estimate)
    return Decision(task, None, "pinned", tier, tier, model, tokens, f"model {pin} was asked for by name: pinned")


def _check_tiers(policy: Policy, request: RouteRequest) -> None:
    known = ", ".join(policy.rank)
    for name, tier in (("min_tier", request.min_tier), ("max_tier", request.max_tier)):
        if tier is not None and tier not in policy.rank:
            raise InvalidRequest(f"{name} {tier[:80]!r} is not one of the tiers {known}.")
    if request.min_tier and request.max_tier and policy.rank[request.min_tier] > policy.rank[request.max_tier]:
        raise InvalidRequest(f"min_tier {request.min_tier} is above max_tier {request.max_tier}.")


def _check_max_tokens(policy: Policy, needs: Needs) -> None:
    most = max(policy.card(tier).max_output_tokens for tier in policy.rank)
    if needs.max_tokens > most:
        raise InvalidRequest(f"max_tokens: {needs.max_tokens} is out of range: no tier writes more than {most} tokens.")


def _floored(policy: Policy, tier: str, estimate: int, reasons: list[str]) -> str:
    for floor in policy.rules.routing.floors:
        if estimate > floor.above_input_tokens and policy.rank[floor.tier] > policy.rank[tier]:
            tier = floor.tier
            reasons.append(
                f"about {estimate:,} input tokens are over {floor.above_input_tokens:,}: at least {floor.tier}"
            )
    return tier


def _within_limits(policy: Policy, request: RouteRequest, tier: str, reasons: list[str]) -> str:
    if request.min_tier and policy.rank[tier] < policy.rank[request.min_tier]:
        reasons.append(f"min_tier: {request.min_tier}")
        return request.min_tier
    if request.max_tier and policy.rank[tier] > policy.rank[request.max_tier]:
        reasons.append(f"max_tier: {request.max_tier}")
        return request.max_tier
    return tier


def _fitting(policy: Policy, request: RouteRequest, tier: str, needs: Needs, reasons: list[str]) -> str:
    """The first tier from `tier` upwards that can take the request; the highest allowed one where none can.

    The estimate may be off, and a refusal of Claude's is free: what seems too long for all is still sent.
    """
    margin = policy.rules.routing.estimate_margin_percent
    while problem := obstacle(policy.catalog, policy.card(tier), needs, margin):
        higher = policy.next_tier_up(tier)
        if higher is None or tier == request.max_tier:
            reasons.append(f"{problem}, and no higher tier is allowed")
            return tier
        reasons.append(f"{problem}: {higher}")
        tier = higher
    return tier


def _in_tokens_of(policy: Policy, model: str, estimate: int) -> int:
    return int(estimate * policy.catalog.tokenizer_ratio(model))
