"""Decides where a request goes: task, tier, model, arm, and in words why. Pure: the inputs decide, and nothing else."""

from dataclasses import dataclass, field
from decimal import Decimal

from model_router.domain.error_codes import THREAD_UNSUPPORTED
from model_router.domain.errors import InvalidRequest
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.arms import Arm, arm_of
from model_router.domain.routing.capabilities import version_refusal
from model_router.domain.routing.fit import Needs, Room, obstacle
from model_router.domain.routing.known_features import unknown_feature
from model_router.domain.routing.pins import pinned_to
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import DEFAULT_TASK


@dataclass(slots=True)  # not frozen: a frozen one takes twice as long to make, and each request makes one
class Decision:
    """Where a request goes first."""

    task: str
    rule: str | None
    arm: Arm
    #: What routing proposes; in the control arm it is compared with, not used.
    proposed_tier: str
    tier: str
    model: str
    reason: str
    size: InputSize = field(compare=False)
    #: How many tokens of the model's one of `size`'s is.
    tokenizer_ratio: Decimal
    #: Tiers that cannot take the request at all.
    unfit: frozenset[str] = frozenset()

    @property
    def input_tokens(self) -> int:
        """The request's input in the model's tokens: an estimate, made when it is asked for."""
        return int(self.size.tokens * self.tokenizer_ratio)


def decide(policy: Policy, request: RouteRequest) -> Decision:
    """The decision for a request; InvalidRequest for a task, tier or model that there is not, or limits that no
    model meets."""
    size = InputSize.of(request.body)
    _check_tiers(policy, request)
    _check_thread(policy, request)
    if request.pin is None:
        return _routed(policy, request, size)
    if not policy.routes(request.pin):
        return _pinned(policy, request, request.pin, size)
    try:
        return _routed(policy, request, size)
    except NoTierFits as problem:
        # The caller asked for a model that may well take the request: routing must not make it fail.
        return _pinned(policy, request, request.pin, size, f" although route_models has it: {problem.message}")


class NoTierFits(InvalidRequest):
    """No tier that the request may go to can take it."""


def _routed(policy: Policy, request: RouteRequest, size: InputSize) -> Decision:
    """The decision for a request that names no model, or one that `route_models` has."""
    needs = Needs.of(request.body, size)
    _check_max_tokens(policy, needs)
    if refused := version_refusal(request.body, request.api_version):
        raise InvalidRequest(refused)
    found = policy.classifier.classify(request, size)
    reasons = [found.reason]
    if request.pin is not None:
        reasons.insert(0, f"route_models has {request.pin}")
    tier = _floored(policy, found.tier, size, reasons)
    unknown = unknown_feature(request.body, request.betas)
    if unknown is not None:
        tier = _at_least_the_baseline(policy, request, found.task, tier, unknown, reasons)
    tier = _within_limits(policy, request, tier, reasons)
    proposed = _fitting(policy, request, tier, needs, reasons)
    arm = arm_of(request, policy.rules.rollout)
    chosen, room = proposed, policy.rooms[proposed]
    if arm == "control" and request.dry_run:
        reasons.append("without dry_run it would be in the control arm")
    elif arm == "control":
        chosen, room = _control(policy, request, found.task, needs, reasons)
    return Decision(
        task=found.task,
        rule=found.rule,
        arm=arm,
        proposed_tier=proposed,
        tier=chosen,
        model=room.model,
        reason="; ".join(reasons),
        size=size,
        tokenizer_ratio=room.tokenizer_ratio,
        unfit=_unfit(policy, needs) if unknown is None else _unfit(policy, needs) | _below(policy, chosen),
    )


def _at_least_the_baseline(
    policy: Policy, request: RouteRequest, task: str, tier: str, unknown: str, reasons: list[str]
) -> str:
    """Nobody here can say that a cheaper model than the baseline takes what is unknown."""
    baseline = policy.tier_of(policy.rules.baseline_model(request.pin, task, request.client))
    if policy.rank.get(baseline, -1) <= policy.rank[tier]:
        return tier
    reasons.append(f"{unknown} is not known here: at least the baseline tier {baseline}")
    return baseline


def _below(policy: Policy, tier: str) -> frozenset[str]:
    return frozenset(name for name, rank in policy.rank.items() if rank < policy.rank.get(tier, 0))


def _control(policy: Policy, request: RouteRequest, task: str, needs: Needs, reasons: list[str]) -> tuple[str, Room]:
    """Where a request goes without the router: to the model that it names, else to the baseline tier."""
    if request.pin is not None:
        reasons.append(f"control arm: {request.pin}, as it was asked for")
        margin = policy.rules.routing.estimate_margin_percent
        return policy.tier_of(request.pin), Room.of(policy.catalog, request.pin, margin)
    baseline = policy.rules.baseline_for(task, request.client)
    reasons.append(f"control arm: baseline tier {baseline}")
    tier = _fitting(policy, request, baseline, needs, reasons)
    return tier, policy.rooms[tier]


def takes(policy: Policy, request: RouteRequest, tier: str) -> bool:
    """Whether a tier can take a request at all."""
    return obstacle(policy.rooms[tier], Needs.of(request.body, InputSize.of(request.body))) is None


def _pinned(policy: Policy, request: RouteRequest, pin: str, size: InputSize, why: str = "") -> Decision:
    tier, model, reason = pinned_to(policy, pin)
    task = request.task or DEFAULT_TASK
    if task != DEFAULT_TASK:
        policy.classifier.classify(request, size)
    ratio = policy.catalog.tokenizer_ratios[policy.catalog.card_for_bound(model).tokenizer]
    return Decision(task, None, "pinned", tier, tier, model, f"{reason}{why}", size, ratio)


def _check_tiers(policy: Policy, request: RouteRequest) -> None:
    if request.min_tier is None and request.max_tier is None:
        return
    known = ", ".join(policy.rank)
    for name, tier in (("min_tier", request.min_tier), ("max_tier", request.max_tier)):
        if tier is not None and tier not in policy.rank:
            raise InvalidRequest(f"{name} {tier[:80]!r} is not one of the tiers {known}.")
    if request.min_tier and request.max_tier and policy.rank[request.min_tier] > policy.rank[request.max_tier]:
        raise InvalidRequest(f"min_tier {request.min_tier} is above max_tier {request.max_tier}.")


def _check_thread(policy: Policy, request: RouteRequest) -> None:
    """Refuse a message thread wherever its next turn may go to another model: its history is Anthropic's, for one."""
    if request.body.get("thread") is None:
        return
    pin = request.pin
    if pin is None or pin in policy.rank or policy.routes(pin):
        raise InvalidRequest(
            "thread: A routed request cannot start or continue a message thread. Send the full conversation "
            "without `thread`, or name a model instead of having the request routed.",
            details={"error_code": THREAD_UNSUPPORTED},
        )


def _check_max_tokens(policy: Policy, needs: Needs) -> None:
    most = max(room.card.max_output_tokens for room in policy.rooms.values())
    if needs.max_tokens > most:
        raise NoTierFits(f"max_tokens: {needs.max_tokens} is out of range: no tier writes more than {most} tokens.")


def _floored(policy: Policy, tier: str, size: InputSize, reasons: list[str]) -> str:
    for floor in policy.rules.routing.floors:
        if size.tokens > floor.above_input_tokens and policy.rank[floor.tier] > policy.rank[tier]:
            tier = floor.tier
            reasons.append(
                f"about {size.tokens:,} input tokens are over {floor.above_input_tokens:,}: at least {floor.tier}"
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
    """The first tier from `tier` upwards that can take the request, else the first downwards.

    Where none can for sure, the highest allowed one that Claude may take it on: the estimate may be off, and a refusal
    of Claude's is free. InvalidRequest where every one would refuse it.
    """
    first, last_resort = tier, None
    while problem := obstacle(policy.rooms[tier], needs):
        last_resort = last_resort if problem.certain else tier
        higher = policy.next_tier_up(tier)
        if higher is not None and tier != request.max_tier:
            reasons.append(f"{problem.words}: {higher}")
            tier = higher
            continue
        if last_resort is None:
            reasons.append(problem.words)
            return _fitting_below(policy, request, first, needs, reasons, problem.error_code)
        reasons.append(f"{problem.words}, and no higher tier is allowed")
        return last_resort
    return tier


def _fitting_below(
    policy: Policy, request: RouteRequest, tier: str, needs: Needs, reasons: list[str], error_code: str | None
) -> str:
    """The first tier below `tier` that can take the request: older models support what newer ones have dropped."""
    lowest = policy.rank[request.min_tier] if request.min_tier else 0
    for lower in reversed(policy.rules.tiers.names()[lowest : policy.rank[tier]]):
        if obstacle(policy.rooms[lower], needs) is None:
            reasons.append(f"{lower} is the highest tier that supports it")
            return lower
    raise NoTierFits(_nowhere(policy, reasons, needs), details={"error_code": error_code} if error_code else None)


def _unfit(policy: Policy, needs: Needs) -> frozenset[str]:
    return frozenset([tier for tier, room in policy.rooms.items() if obstacle(room, needs)])


def _nowhere(policy: Policy, problems: list[str], needs: Needs) -> str:
    """What a caller is told whose request no tier takes that it may go to."""
    catalog = policy.catalog
    margin = policy.rules.routing.estimate_margin_percent
    rooms = [Room.of(catalog, name, margin) for name in catalog.served() if not catalog.models[name].verified_only]
    elsewhere = [room.model for room in rooms if not ((problem := obstacle(room, needs)) and problem.certain)]
    pin = f" Models that take it, by name: {', '.join(elsewhere)}." if elsewhere else ""
    return f"No tier that this request may go to takes it: {'; '.join(problems)}.{pin}"
